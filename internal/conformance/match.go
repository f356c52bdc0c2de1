package conformance

import (
	"encoding/json"
	"regexp"
	"strings"
)

// placeholder is a value that differs on each run: an id, a time, an ARN.
var placeholder = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

// Match reports whether actual is what was recorded, by the comparing rules of
// the suite: placeholders match anything, numbers are equal as numbers, the
// order of keys never counts, and text that is JSON may be compared as JSON.
// Both are as encoding/json decodes them to any.
func Match(expected, actual any) bool {
	if s, ok := expected.(string); ok && placeholder.MatchString(s) {
		return matchText(s, actual)
	}
	switch e := expected.(type) {
	case map[string]any:
		if s, ok := actual.(string); ok {
			if json.Unmarshal([]byte(s), &actual) != nil {
				return false
			}
		}
		a, ok := actual.(map[string]any)
		return ok && matchObject(e, a)
	case []any:
		a, ok := actual.([]any)
		if !ok || len(a) != len(e) {
			return false
		}
		for i := range e {
			if !Match(e[i], a[i]) {
				return false
			}
		}
		return true
	}
	return expected == actual
}

func matchText(pattern string, actual any) bool {
	if placeholder.FindString(pattern) == pattern {
		return true
	}
	text, ok := actual.(string)
	if !ok {
		b, err := json.Marshal(actual)
		if err != nil {
			return false
		}
		text = string(b)
	}
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for i, literal := range placeholder.Split(pattern, -1) {
		if i > 0 {
			re.WriteString(".*")
		}
		re.WriteString(regexp.QuoteMeta(literal))
	}
	re.WriteString(`\z`)
	return regexp.MustCompile(re.String()).MatchString(text)
}

// matchObject matches the keys without placeholders pairwise, and each of the
// others with some key that is left.
func matchObject(e, a map[string]any) bool {
	if len(e) != len(a) {
		return false
	}
	var wild []string
	for k, v := range e {
		if placeholder.MatchString(k) {
			wild = append(wild, k)
		} else if w, ok := a[k]; !ok || !Match(v, w) {
			return false
		}
	}
	for _, k := range wild {
		found := false
		for l, w := range a {
			if _, literal := e[l]; !literal && Match(k, l) && Match(e[k], w) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// notCompared are the members that differ between runs or engines.
var notCompared = map[string]bool{
	"roleArn": true, "billingDetails": true, "inputDetails": true, "outputDetails": true,
	"assignedVariablesDetails": true, "truncated": true,
	"SdkHttpMetadata": true, "SdkResponseMetadata": true,
}

// strip is v without what is not compared.
func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if !notCompared[k] {
				out[k] = strip(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = strip(e)
		}
		return out
	}
	return v
}
