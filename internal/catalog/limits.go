package catalog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/seed66d9166c/express/transport"
)

// Limits of state machines, as on AWS.
const (
	// MaxDefinition bounds a definition in bytes.
	MaxDefinition = 1 << 20

	maxName        = 80 // characters, of a state machine and of an alias
	maxARN         = 256
	maxDescription = 256 // characters
	maxVersions    = 1000
	maxAliases     = 100
	maxRoutes      = 2
	maxTags        = 50
	maxTagKey      = 128 // characters
	maxTagValue    = 256 // characters
)

// checkName wants the name of a state machine: what can be the name of an
// execution can be its.
func checkName(name string) error {
	if err := checkLength(name, "name", 1, maxName); err != nil {
		return err
	}
	if !transport.ValidName(name) {
		return &Error{Code: InvalidName, Message: fmt.Sprintf("Invalid Name: '%s'", name)}
	}
	return nil
}

// checkLength wants a text of so many characters.
func checkLength(value, field string, least, most int) error {
	switch n := utf8.RuneCountInString(value); {
	case n < least:
		return unfit(value, field, "have length greater than or equal to "+strconv.Itoa(least))
	case n > most:
		return unfit(value, field, "have length less than or equal to "+strconv.Itoa(most))
	}
	return nil
}

func checkDescription(text, field string) error { return checkLength(text, field, 0, maxDescription) }

// checkDefinition wants a text that can be a definition, whatever it says.
func checkDefinition(definition string) error {
	if len(definition) > MaxDefinition {
		return unfit(definition, "definition", "have length less than or equal to "+strconv.Itoa(MaxDefinition))
	}
	return nil
}

// aliasNames are the names that an alias can have: one of digits alone would be a
// version.
var (
	aliasNames = regexp.MustCompile(`^[a-zA-Z0-9_\-.]*[a-zA-Z_\-.][a-zA-Z0-9_\-.]*$`)
	aliasRule  = `satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`
)

func checkAlias(name string) error {
	if err := checkLength(name, "name", 1, maxName); err != nil {
		return err
	}
	if !aliasNames.MatchString(name) {
		return unfit(name, "name", aliasRule)
	}
	return nil
}

var (
	levels    = []string{"ALL", "ERROR", "FATAL", "OFF"}
	levelRule = "satisfy enum value set: [ALL, FATAL, ERROR, OFF]"
)

// checkLogging wants one destination, as AWS does, but where nothing is logged.
func checkLogging(l *Logging) error {
	if l == nil {
		return nil
	}
	if l.Level != "" && !slices.Contains(levels, l.Level) {
		return unfit(l.Level, "loggingConfiguration.level", levelRule)
	}
	off := l.Level == "" || l.Level == "OFF"
	if n := len(l.Destinations); n > 1 || n == 0 && !off {
		return &Error{Code: InvalidLoggingConfiguration, Message: "Invalid Logging Configuration: Must specify exactly one Log Destination."}
	}
	return nil
}

func checkTags(tags []Tag) error {
	for i, t := range tags {
		field := fmt.Sprintf("tags.%d.member.", i+1)
		if err := cmp.Or(checkLength(t.Key, field+"key", 1, maxTagKey), checkLength(t.Value, field+"value", 0, maxTagValue)); err != nil {
			return err
		}
	}
	return nil
}

func quota(format string, args ...any) *Error {
	return &Error{Code: ServiceQuotaExceeded, Message: fmt.Sprintf(format, args...)}
}
