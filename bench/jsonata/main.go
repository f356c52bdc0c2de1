// Jsonata measures express/jsonata beside the reference implementation,
// jsonata on Node, in one run: machines differ and are busy with other things,
// ratios within one run hold. Each expression is compiled once and evaluated
// many times over an input that is parsed; the sides take turns.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{log: stderr}
	f := flag.NewFlagSet("jsonata", flag.ContinueOnError)
	f.SetOutput(stderr)
	output := f.String("o", "text", "what to print: text or json")
	f.StringVar(&o.dir, "peer", "bench/jsonata/peer", "where peer.mjs and its node_modules are")
	f.StringVar(&o.only, "case", "", "the case to measure; all if empty")
	f.IntVar(&o.rounds, "rounds", 7, "how many rounds of each side")
	f.DurationVar(&o.warm, "warm", 500*time.Millisecond, "CPU time of each side before the first round")
	f.DurationVar(&o.sample, "sample", 100*time.Millisecond, "CPU time of each side in each round")
	f.IntVar(&o.gogc, "gogc", defaultGOGC, "garbage allowed before this process collects it, in percent of what lives")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if f.NArg() > 0 || *output != "text" && *output != "json" || o.rounds < 1 || o.warm <= 0 || o.sample <= 0 {
		f.Usage()
		return 2
	}
	r, err := measure(ctx, o)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	write := r.writeText
	if *output == "json" {
		write = r.writeJSON
	}
	if err := write(stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}
