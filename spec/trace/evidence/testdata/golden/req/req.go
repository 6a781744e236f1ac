// Package req names the requirements of the golden package.
package req

import "mlssim/spec"

const (
	GoldenGood       spec.ID = "golden.good"
	GoldenDecorative spec.ID = "golden.decorative"
	GoldenContext    spec.ID = "golden.context"
	GoldenDropped    spec.ID = "golden.dropped"
	GoldenDerived    spec.ID = "golden.derived"
	GoldenItem       spec.ID = "golden.item"
	GoldenStep       spec.ID = "golden.step"
	GoldenEncoded    spec.ID = "golden.encoded"
)
