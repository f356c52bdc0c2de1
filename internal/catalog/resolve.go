package catalog

import (
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/config"
)

// resolve is the task that the application's bindings make of a Resource, and
// the zero Task where none fits. Events name the Resource as it is written all
// the same.
func resolve(app *config.Config, resource string) (t program.Task) {
	if b := app.Binding(resource); b != nil {
		t.Kind, t.Target = b.Split()
	}
	return t
}
