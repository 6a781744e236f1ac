package remote

import (
	"slices"
	"strings"
)

// shrinkMembers lets earlier members do what later ones of the same client do, who
// then need not come.
func shrinkMembers(steps []Step, fails func([]Step) bool) []Step {
	names := newcomers(steps)
	for i := len(names) - 1; i > 0; i-- {
		for k := range i {
			late, lateAt := newcomer(names[i])
			early, earlyAt := newcomer(names[k])
			if lateAt != earlyAt || late == early {
				continue
			}
			if fewer := merged(steps, late, early); fails(fewer) {
				steps = fewer
				break
			}
		}
	}
	return steps
}

// newcomers returns all NAME@CLIENT of a script, in their order.
func newcomers(steps []Step) []string {
	var all []string
	for _, s := range steps {
		words := slices.Clone(s.Names)
		for _, o := range s.Options {
			words = append(words, o.Value)
		}
		for _, w := range words {
			if strings.Contains(w, "@") && !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// merged returns the steps with one member in the place of another, who does not
// come.
func merged(steps []Step, late, early string) []Step {
	var all []Step
	for _, s := range steps {
		m := Step{Verb: s.Verb}
		comes := false
		for _, n := range s.Names {
			name, _ := newcomer(n)
			comes = comes || name == late && name != n
			if n == late {
				n = early
			}
			m.Names = append(m.Names, n)
		}
		if comes {
			continue
		}
		for _, o := range s.Options {
			if name, _ := newcomer(o.Value); o.Key == "add" && name == late {
				continue
			}
			o.Value = renamed(o.Value, late, early)
			m.Options = append(m.Options, o)
		}
		all = append(all, m)
	}
	return all
}

// renamed replaces a name in the value of an option: NAME,NAME or NAME:BIT.
func renamed(value, late, early string) string {
	list := strings.Split(value, ",")
	for i, item := range list {
		if name, bit, has := strings.Cut(item, ":"); name == late && has {
			list[i] = early + ":" + bit
		} else if item == late {
			list[i] = early
		}
	}
	return strings.Join(list, ",")
}
