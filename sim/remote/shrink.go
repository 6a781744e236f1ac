package remote

import (
	"slices"
	"strings"
)

// shrink returns a script that is no longer than s and still shows the difference,
// if show tells whether a script does: steps are left out, many at once and then
// one by one, then options, then members, until nothing can be left out any more. It
// asks about so many times at most.
func shrink(s *Script, tries int, show func(*Script) bool) *Script {
	s = plainer(s, show) // the rest is faster for it
	fails := func(steps []Step) bool {
		if tries <= 0 {
			return false
		}
		tries--
		c := *s
		c.Steps = steps
		return show(&c)
	}
	steps := s.Steps
	if last := steps[max(0, len(steps)-1):]; len(steps) > 1 && fails(last) { // it stands by itself
		steps = last
	}
	for {
		before := size(steps)
		for chunk := (len(steps) + 1) / 2; chunk >= 1; chunk /= 2 {
			for at := len(steps) - chunk; at >= 0; at -= chunk {
				less := slices.Concat(steps[:at], steps[min(at+chunk, len(steps)):])
				if len(less) > 0 && fails(less) {
					steps = less
					at = min(at, len(steps))
				}
			}
		}
		steps = shrinkOptions(steps, fails)
		steps = shrinkMembers(steps, fails)
		if size(steps) == before || tries <= 0 {
			break
		}
	}
	c := *s
	c.Steps = steps
	return plainer(&c, show)
}

// plainer returns the script in suite 1, and with public messages, if it shows the
// difference there too.
func plainer(s *Script, show func(*Script) bool) *Script {
	for _, change := range []func(*Script){
		func(c *Script) { c.Suite = 1 },
		func(c *Script) { c.Private = false },
	} {
		c := *s
		if change(&c); (c.Suite != s.Suite || c.Private != s.Private) && show(&c) {
			s = &c
		}
	}
	return s
}

// size is the number of words.
func size(steps []Step) int {
	n := 0
	for _, s := range steps {
		n += 1 + len(s.Options)
		for _, o := range s.Options {
			n += len(o.Value)
		}
	}
	return n
}

// shrinkOptions leaves options out, and of lists what they list.
func shrinkOptions(steps []Step, fails func([]Step) bool) []Step {
	try := func(i int, options []Option) bool {
		less := slices.Clone(steps)
		less[i].Options = options
		if !fails(less) {
			return false
		}
		steps = less
		return true
	}
	for i := range steps {
		for k := len(steps[i].Options) - 1; k >= 0; k-- {
			old := steps[i].Options
			if try(i, slices.Delete(slices.Clone(old), k, k+1)) {
				continue
			}
			list := strings.Split(old[k].Value, ",")
			for j := len(list) - 1; j >= 0 && len(list) > 1; j-- {
				options := slices.Clone(old)
				shorter := slices.Delete(slices.Clone(list), j, j+1)
				options[k].Value = strings.Join(shorter, ",")
				if try(i, options) {
					old, list = options, shorter
				}
			}
		}
	}
	return steps
}
