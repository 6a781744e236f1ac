package spec

import "embed"

// Files are the facts about the text that package trace reads: the requirements,
// the units of the text, what becomes of each, and where the text is unclear.
//
//go:embed registry/*.yaml units.tsv dispositions.yaml texts.yaml ambiguities.yaml
var Files embed.FS
