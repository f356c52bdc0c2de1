// Peers measures Express beside other engines, in one run on this machine: the
// workloads of package bench, with the same event, by turns. It installs them
// first, from npm and from Go's module proxy, in the versions that
// node/package-lock.json and go/go.mod pin. A peer that cannot be had is named,
// and the others are measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/seed66d9166c/express/bench"
	"github.com/seed66d9166c/express/internal/heap"
)

// workerArgument makes the program a process of package bench.
const workerArgument = "process"

func main() {
	heap.Raise() // as whatever serves does
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		if err := bench.Serve(stdio{os.Stdin, os.Stdout}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A stdio is the standard input and output of this process. The output ends with
// the process and not before, which is what process.stop waits for.
type stdio struct {
	io.Reader
	io.Writer
}

func (stdio) Close() error { return nil }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{sides: sides, log: stderr}
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	output := f.String("o", "text", "what to print: text or json")
	page := f.String("page", "", "put the tables into this `file` in Markdown, and the charts beside it")
	svg := f.String("svg", "", "draw the charts into this `folder`")
	only := f.String("peer", "", "the peers to measure, with commas between them; all if empty")
	f.StringVar(&o.root, "root", "bench/peers", "where the folders node and go are")
	f.IntVar(&o.rounds, "rounds", defaultRounds, "how many rounds of each side, after one to warm up")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if f.NArg() > 0 || *output != "text" && *output != "json" || o.rounds < 1 {
		f.Usage()
		return 2
	}
	if *only != "" {
		var err error
		if o.sides, err = chosen(strings.Split(*only, ",")); err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
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
	err = write(stdout)
	if err == nil && *page != "" {
		err = r.writePage(*page)
	}
	if err == nil && *svg != "" {
		err = r.WriteCharts(*svg)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return r.status()
}
