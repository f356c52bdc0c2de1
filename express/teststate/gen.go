//go:build ignore

// Gen writes shapes.zip: what the operations of AWS's services return. It reads
// the service models of botocore, AWS's SDK for Python, in the folder that
// BOTOCORE_DATA names, and keeps names, types and bounds. The same models make the
// same bytes.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// A model is what is read of a service's.
type model struct {
	Metadata   struct{ ServiceID string }
	Operations map[string]struct{ Output *member }
	Shapes     map[string]shape
}

type member struct{ Shape string }

type shape struct {
	Type          string
	Members       map[string]member
	Required      []string
	Member, Value member
	Enum          []string
	Min, Max      json.Number
	Document      bool
}

func main() {
	log.SetFlags(0)
	dir := os.Getenv("BOTOCORE_DATA")
	if dir == "" {
		log.Print("BOTOCORE_DATA is not set: shapes.zip stays as it is")
		return
	}
	models := make(map[string]*model) // by the name that Step Functions has for the service
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "service-2.json*"))
	if err != nil || len(files) == 0 {
		log.Fatalf("there are no models in %s", dir)
	}
	for _, file := range files { // versions of an API in order: the last one stays
		m, err := read(file)
		if err != nil {
			log.Fatalf("read %s: %v", file, err)
		}
		models[serviceName(m.Metadata.ServiceID)] = m
	}
	if err := write("shapes.zip", models); err != nil {
		log.Fatal(err)
	}
}

func read(file string) (*model, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(file, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		if b, err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	m := new(model)
	return m, json.Unmarshal(b, m)
}

// serviceName is what stands for the service behind aws-sdk: in a Resource: the
// name of its package in the SDK for Java.
func serviceName(id string) string {
	id = strings.TrimSuffix(id, " Service")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, id)
}

func write(file string, models map[string]*model) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range slices.Sorted(maps.Keys(models)) {
		t := table{model: models[name], numbers: make(map[string]int)}
		text := t.text()
		if len(t.lines) == 0 { // nothing that it returns has members
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// A table is the text of one service; see shapes.go for its form.
type table struct {
	*model
	numbers map[string]int // of the shapes that have a line
	lines   []string
}

func (t *table) text() string {
	var ops []string
	for _, name := range slices.Sorted(maps.Keys(t.Operations)) {
		if out := t.Operations[name].Output; out != nil && len(t.Shapes[out.Shape].Members) > 0 {
			ops = append(ops, name+" "+t.reference(out.Shape))
		}
	}
	return strings.Join(ops, "\n") + "\n\n" + strings.Join(t.lines, "\n")
}

// scalars are the letters of types that JSON has one of.
var scalars = map[string]string{
	"string": "s", "character": "s", "timestamp": "s", "blob": "s", "boolean": "b",
	"integer": "n", "long": "n", "float": "n", "double": "n", "bigdecimal": "n",
}

// reference is a scalar's letter and bounds, or the number of another shape's line.
func (t *table) reference(name string) string {
	s := t.Shapes[name]
	if letter, ok := scalars[s.Type]; ok && s.Enum == nil {
		if s.Min != "" || s.Max != "" {
			letter += string(s.Min) + ":" + string(s.Max)
		}
		return letter
	}
	if s.Document {
		return "*"
	}
	n, ok := t.numbers[name]
	if !ok {
		n = len(t.lines)
		t.numbers[name] = n // before what is in it: a shape may contain itself
		t.lines = append(t.lines, "")
		t.lines[n] = t.line(s)
	}
	return fmt.Sprint(n)
}

func (t *table) line(s shape) string {
	switch {
	case s.Enum != nil:
		return "e " + strings.Join(s.Enum, "\t")
	case s.Type == "list":
		return "l " + t.reference(s.Member.Shape)
	case s.Type == "map":
		return "m " + t.reference(s.Value.Shape)
	case s.Type != "structure":
		log.Fatalf("there is a type %q", s.Type)
	}
	line := "o"
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		line += " " + stepName(name)
		if slices.Contains(s.Required, name) {
			line += "!"
		}
		line += " " + t.reference(s.Members[name].Shape)
	}
	return line
}

// stepName is the name that Step Functions gives a member: each word begins with
// a capital, and has no other.
func stepName(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case i == 0:
			runes[i] = unicode.ToUpper(r)
		case unicode.IsUpper(rune(name[i-1])) && (i+1 == len(runes) || !unicode.IsLower(runes[i+1])):
			runes[i] = unicode.ToLower(r)
		}
	}
	return string(runes)
}
