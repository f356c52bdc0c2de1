package compiler

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// Limits of a definition's text.
const (
	// maxSize is AWS's bound of a definition, in bytes: 1 MiB.
	maxSize = 1 << 20
	// maxDepth bounds brackets within brackets, and with that all recursion
	// over a definition: a level of states takes at most four brackets, and data
	// stands within the innermost.
	maxDepth = 4*maxNesting + value.MaxDepth
)

// A syntaxError says why a text is no JSON, or no YAML.
type syntaxError struct {
	at      span
	code    Code
	message string // of JSON in the words of Jackson, the reader that AWS uses
}

// yamlLike is the beginning of a text in YAML: a name and a colon that stand in
// no bracket, perhaps behind comments.
var yamlLike = regexp.MustCompile(`^(\s*(#.*|---.*)?\n)*[^\s{\[][^\n{\[]*:(\s|$)`)

// parse reads the text of a definition to its root, nil if it has none.
func (c *checker) parse(name string) *node {
	if len(c.text) > maxSize {
		c.find(Error, span{}, "", SchemaFailed, "Definition is longer than %d bytes", maxSize)
		return nil
	}
	if i := c.invalid(); i >= 0 {
		c.find(Error, span{uint32(i), uint32(i + 1)}, "", InvalidJSON, "Invalid UTF-8")
		return nil
	}
	if strings.TrimSpace(c.text) == "" {
		c.find(Error, span{}, "", SchemaFailed, "Definition must be a valid JSON object")
		return nil
	}
	read := c.parseJSON
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext != ".json" && yamlLike.MatchString(c.text) {
		read = c.parseYAML
	}
	root, err := read()
	if err != nil {
		c.find(Error, err.at, c.where(err), err.code, "%s", err.message)
		return nil
	}
	if root.kind != value.KindObject {
		c.find(Error, root.mark(), "", SchemaFailed, "Definition must be a valid JSON object")
		return nil
	}
	root.each(c.duplicates)
	return root
}

// where is the location of a syntax error as Jackson writes it: it quotes the
// beginning of the text, and names the place behind what is wrong.
func (c *checker) where(err *syntaxError) string {
	if err.code != InvalidJSON {
		return ""
	}
	const most = 500
	quoted := `"` + c.text + `"`
	if r := []rune(c.text); len(r) > most {
		quoted = fmt.Sprintf(`"%s"[truncated %d chars]`, string(r[:most]), len(r)-most)
	}
	p := c.pos(err.at.to)
	return fmt.Sprintf("[Source: (String)%s; line: %d, column: %d]", quoted, p.Line, p.Col)
}

// duplicates reports the members of an object that have the name of an earlier
// one.
func (c *checker) duplicates(object *node) {
	if object.kind != value.KindObject {
		return
	}
	var seen map[string]*node
	if len(object.kids) > 8 { // below that, comparing each with each is faster
		seen = make(map[string]*node, len(object.kids))
	}
	for i, k := range object.kids {
		var first *node
		if seen != nil {
			if first = seen[k.key]; first == nil {
				seen[k.key] = k
			}
		} else {
			for _, e := range object.kids[:i] {
				if e.key == k.key {
					first = e
					break
				}
			}
		}
		if first == nil {
			continue
		}
		code, what := InvalidJSON, "field"
		if object.key == "States" && object.up.get("StartAt") != nil {
			code, what = DuplicateState, "state"
		}
		at := c.pos(first.keyAt.from)
		c.find(Error, k.keyAt, object.path(), code, "Duplicate %s '%s': the first is at line %d, column %d", what, k.key, at.Line, at.Col)
	}
}
