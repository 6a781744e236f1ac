// Package plan reads plans: YAML files that say what to simulate, either a
// script (one step a line) or members with habits for a stretch of virtual time.
//
// Reading is strict. Whatever the package does not understand, or would have to
// ignore, is an error with file, line, column and excerpt, and a file's errors
// come all at once. file.go holds the keys, their limits and what they mean, and
// defaults.go what they are when left out; the decoder, the JSON Schema and the
// template for new plans all follow those two.
package plan
