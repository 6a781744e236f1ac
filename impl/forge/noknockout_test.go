//go:build !spectrace

package forge

import "mlssim/spec"

// withoutRule does nothing: only a build with the tag spectrace can switch a
// rule off.
func withoutRule(func(), ...spec.ID) {}
