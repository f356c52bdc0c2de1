// Command express compiles, checks, runs and serves workflows in the Amazon
// States Language.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
