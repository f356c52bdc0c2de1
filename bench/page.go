package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// WriteCharts draws all charts of r into a folder, which is made where it is
// missing.
func (r *Report) WriteCharts(dir string) error {
	for _, s := range r.Sections {
		for _, c := range s.Charts {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			var b bytes.Buffer
			if err := c.WriteSVG(&b); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, c.File()), b.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// WritePage puts each section of r into a page in Markdown, in the place of what
// stands between its lines <!-- NAME --> and <!-- end of NAME -->, and its charts
// beside the page. A section without a place there is an error.
func (r *Report) WritePage(file string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, s := range r.Sections {
		var b bytes.Buffer
		r.writeMarkdown(&b, s)
		if page, err = Fill(page, s.Name, b.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := os.WriteFile(file, page, 0o644); err != nil {
		return err
	}
	return r.WriteCharts(filepath.Join(filepath.Dir(file), "performance"))
}

// Fill is page with text in the place of what stands between its lines
// <!-- NAME --> and <!-- end of NAME -->. A page without them is an error.
func Fill(page []byte, name string, text []byte) ([]byte, error) {
	begin, end := fmt.Appendf(nil, "<!-- %s -->\n", name), fmt.Appendf(nil, "<!-- end of %s -->\n", name)
	before, rest, ok := bytes.Cut(page, begin)
	_, after, ended := bytes.Cut(rest, end)
	if !ok || !ended {
		return nil, fmt.Errorf("there are no lines <!-- %s --> and <!-- end of %s -->", name, name)
	}
	return bytes.Join([][]byte{before, begin, text, end, after}, nil), nil
}

// writeMarkdown writes the tables and charts of s.
func (r *Report) writeMarkdown(b *bytes.Buffer, s *Section) {
	for _, table := range s.tables() {
		for j, line := range table {
			fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
			if j == 0 {
				fmt.Fprintf(b, "| --- |%s\n", strings.Repeat(" ---: |", len(line)-1))
			}
		}
		b.WriteByte('\n')
	}
	for _, c := range s.Charts {
		fmt.Fprintf(b, "![%s](performance/%s)\n\n", c.Title, c.File())
	}
	fmt.Fprintf(b, "%s, %s.\n", r.Date.Format("2006-01-02"), r.Machine)
}
