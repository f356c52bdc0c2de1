package suite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find is the test files that paths name, sorted and each once: a file is itself,
// DIR stands for those in it, DIR/... for those in the directories below as well, but
// for packages of npm and what begins with a dot. A path that has none is an error.
func Find(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		found, err := find(path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s holds no test files: no *%s", path, strings.Join(suffixes, ", no *"))
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func find(path string) ([]string, error) {
	root, deep := strings.CutSuffix(path, "...")
	root = filepath.Clean(root)
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !IsTest(root) {
			return nil, fmt.Errorf("%s is no test file: those end in %s", root, strings.Join(suffixes, ", "))
		}
		return []string{root}, nil
	}
	var all []string
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (!deep || strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case !d.IsDir() && IsTest(d.Name()):
			all = append(all, path)
		}
		return nil
	})
	return all, err
}
