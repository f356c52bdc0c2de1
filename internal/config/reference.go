package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteReference writes what an application can set, as Markdown, from the
// tables of keys.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Configuration

An application is a directory: definitions beside an ` + "`express.yaml`" + `, which may be absent: then every ` + "`NAME.asl.json`" + ` (or ` + "`.asl.yaml`" + `) is a workflow
that starts at ` + "`express.start.NAME`" + ` and, for a caller that waits for the outcome, at ` + "`express.sync.NAME`" + `. This page is written by a test from the
tables of keys in ` + "`internal/config`" + `.

- A flag wins over the environment, the environment over the file, the file over the default.
- In the file, ` + "`${NAME}`" + ` is the environment variable NAME, ` + "`${NAME:-text}`" + ` is text where it is unset or empty, and ` + "`$${`" + ` is ` + "`${`" + ` itself.
- Paths in the file are relative to its directory, those of flags and the environment to the working directory.
- Sizes are written ` + "`512MiB`" + `, durations ` + "`1m30s`" + `.

`)
	writeKeys(&b, "The application", applicationKeys, true)
	writeKeys(&b, "A workflow, under `workflows.NAME`", workflowKeys, false)
	writeKeys(&b, "A connection, under `connections.NAME`", connectionKeys, false)
	writeKeys(&b, "A trigger, in the list `triggers`", triggerKeys, false)
	b.WriteString(`The name of the consumer that a trigger has is the same on every engine and after every restart; engines that serve the same trigger share it, and
with it the events. For workflow ` + "`orders`" + ` and subject ` + "`shop.orders.>`" + ` it is ` + "`" + durable("orders", "shop.orders.>") + "`" + `. Renaming the workflow or changing the
subject makes a new consumer, which begins with the first event of the stream: give such a trigger the old name as its ` + "`durable`" + `.
`)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeKeys[T any](b *strings.Builder, title string, rs rows[T], outside bool) {
	fmt.Fprintf(b, "## %s\n\n", title)
	if outside {
		b.WriteString("| key | default | environment | |\n| --- | --- | --- | --- |\n")
	} else {
		b.WriteString("| key | default | |\n| --- | --- | --- |\n")
	}
	for i := range rs {
		r := &rs[i]
		help := r.Help
		if r.OneOf != nil {
			help = "`" + strings.Join(r.OneOf, "`, `") + "`: " + help
		}
		fmt.Fprintf(b, "| `%s` | %s |", r.Name, code(r.Default))
		if outside {
			env := ""
			if isScalar(r.in(new(T))) {
				env = code(r.Env())
			}
			if r.Alias != "" {
				env += ", " + code(r.Alias)
			}
			fmt.Fprintf(b, " %s |", env)
		}
		fmt.Fprintf(b, " %s |\n", help)
	}
	b.WriteString("\n")
}

// code is s as code, "" as nothing.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
