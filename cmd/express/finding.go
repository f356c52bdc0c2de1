package main

import (
	"context"
	"log/slog"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
)

// A finding is a diagnostic as -o json prints it.
type finding struct {
	File       string `json:"file"`
	Line       uint32 `json:"line,omitempty"` // absent where it is about the whole file
	Column     uint32 `json:"column,omitempty"`
	Severity   string `json:"severity"`
	Code       string `json:"code"`
	Path       string `json:"path,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

// findingsOf are the findings of all files; none are an empty array.
func findingsOf(reports config.Reports) []finding {
	all := []finding{}
	for _, r := range reports {
		for _, d := range r.Findings {
			all = append(all, finding{
				r.File, d.Pos.Line, d.Pos.Col, d.Severity.String(), string(d.Code), d.Path, d.Message, d.Suggest,
			})
		}
	}
	return all
}

// tellFindings prints what was found, besides a result: for people with carets,
// for programs as a log record each.
func (a *app) tellFindings(log *slog.Logger, reports config.Reports) error {
	if a.output != jsonFormat {
		return reports.Write(a.stderr)
	}
	for _, f := range findingsOf(reports) {
		level := slog.LevelError
		if f.Severity == compiler.Warning.String() {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, f.Message, "finding", f)
	}
	return nil
}
