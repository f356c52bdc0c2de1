package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker: see the Makefile.
var version string

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  express version -o json",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{ownVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if a.output == jsonFormat {
				return a.printJSON(v)
			}
			_, err := fmt.Fprintf(a.stdout, "express %s (%s, %s)\n", v.Version, v.Go, v.Platform)
			return err
		},
	}
}

// ownVersion is the version the binary was built as: by make, by go install, or
// neither.
func ownVersion() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}
