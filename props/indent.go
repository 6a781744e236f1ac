package props

import "strings"

// indent makes a script the body of a plan's "script: |".
func indent(script string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(script, "\n"), "\n", "\n  ") + "\n"
}
