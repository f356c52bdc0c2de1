package otlp

import (
	"context"
	"fmt"
	"io"
)

// A console writes each record as a line of OTLP's JSON.
type console struct {
	w   io.Writer
	out []byte
}

func (c *console) encode(b *batch) ([]byte, error) {
	c.out = c.out[:0]
	b.records(func(r []byte) { c.out = append(recordJSON.appendJSON(c.out, r), '\n') })
	return c.out, nil
}

// send writes lines. What is written in part must not be written again.
func (c *console) send(_ context.Context, lines []byte) (int, error) {
	if _, err := c.w.Write(lines); err != nil {
		return 0, &refusal{text: fmt.Sprintf("write log records: %v", err), final: true}
	}
	return 0, nil
}

func (c *console) close() {}
