//go:build spectrace

package forge

import "mlssim/spec"

// withoutRule runs f while a requirement, or several, are accepted whatever is decided.
func withoutRule(f func(), ids ...spec.ID) {
	spec.Knockout(ids...)
	defer spec.Knockout()
	f()
}
