package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitOK         = 0
	exitFailed     = 1 // it ran, and failed or found something
	exitUsage      = 2 // the command line, or data it names, is not as it has to be
	exitDefinition = 3 // a definition or an application's configuration is not valid
	exitConnect    = 4 // there is no broker, or no engine behind it
)

// A failure is an error with the exit code it ends the process with. Its error
// is nil where the command has printed all there is to say.
type failure struct {
	code int
	error
}

func (f failure) Unwrap() error { return f.error }

func (f failure) Error() string {
	if f.error == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.error.Error()
}

// asFailure is err with its exit code: 1 unless somebody said otherwise.
func asFailure(err error) failure {
	if f, ok := errors.AsType[failure](err); ok {
		return f
	}
	return failure{exitFailed, err}
}

func usage(err error) error { return failure{exitUsage, err} }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// exactly wants the arguments with these names.
func exactly(names ...string) cobra.PositionalArgs {
	return cobra.MatchAll(atLeast(names...), atMost(len(names)))
}

// atLeast wants the arguments with these names, and takes more.
func atLeast(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return usagef("%s is missing", names[len(args)])
		}
		return nil
	}
}

// atMost takes up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("unexpected argument %q", args[n])
		}
		return nil
	}
}
