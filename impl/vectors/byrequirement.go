package vectors

import (
	"encoding/json"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// ByRequirement returns the negative vectors of a suite by requirement, as files of a
// case each: ID/reject-1.json has a message that is refused and its control,
// ID/accept-1.json the control alone; numbers go on in the order of the catalogue. The
// bytes are the same for the same seed.
func ByRequirement(seed uint64, s *suite.Suite) (map[string][]byte, error) {
	cases, err := makeNegative(newSource(seed, "negative", s), s)
	if err != nil {
		return nil, fmt.Errorf("negative: %w", err)
	}
	files, number := map[string][]byte{}, map[spec.ID]int{}
	for _, c := range cases {
		v := c.(*negative)
		number[v.Requirement]++
		right := *v
		right.Message, right.Comment = nil, v.Comment+", put right"
		for name, one := range map[string]*negative{"reject": v, "accept": &right} {
			b, err := json.MarshalIndent([]*negative{one}, "", "  ")
			if err != nil {
				return nil, err
			}
			files[fmt.Sprintf("%s/%s-%d.json", v.Requirement, name, number[v.Requirement])] = append(b, '\n')
		}
	}
	return files, nil
}
