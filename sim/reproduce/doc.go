// Package reproduce carries out published experiments again. Each is a plan file,
// with the published numbers and how far from them ours may lie, and a function that
// measures ours. Whether a point passes is computed from the two, and nowhere set.
//
// To add one: write plans/NAME.yaml, a function that returns the [Experiment], and a
// line in [All].
package reproduce
