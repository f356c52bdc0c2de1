package config

import (
	"testing"

	"go.yaml.in/yaml/v4"
)

// Whatever express.yaml holds is read or reported, with its place.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"slots: 1\nlogging: {level: ALL}\n",
		"workflows: {a: , b: {set: {x: 1}}}\ntriggers: [{subject: a.>, workflow: a}, null, [], x]\n",
		"tasks: {a: b, ? [c] : d}\n",
		"logging: &l {level: *l}\ntriggers: &t [*t]\n",
		"a: b\n---\nc: d\n", "!!set {x}", "\t", "${A:-x}: 1\nname: ${A} $${B}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		d := &decoder{env: lookup(nil), given: make(map[any]*yaml.Node)}
		n := d.Parse([]byte(src))
		if n != nil {
			section(d, n, applicationKeys, "", new(Config))
		}
		for _, f := range d.Found() {
			if f.Message == "" || f.Code == "" {
				t.Errorf("finding without words: %+v", f)
			}
		}
	})
}
