package catalog

import (
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/config"
)

// resolve is the task that the application's bindings make of a Resource, and
// the zero Task where none fits. Its kind is all of the target but its last
// part: nats:request for nats:request:SUBJECT, func for func:NAME. Events name
// the Resource as it is written all the same.
func resolve(app *config.Config, resource string) program.Task {
	target, ok := app.Resolve(resource)
	if !ok {
		return program.Task{}
	}
	i := strings.LastIndexByte(target, ':')
	return program.Task{Kind: target[:i], Target: target[i+1:]}
}
