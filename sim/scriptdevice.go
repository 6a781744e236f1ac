package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// What a step of a script does to a device.

func (s *script) runSnapshot(c *client, step ScriptStep) error {
	if err := s.canTake(c, step); err != nil {
		return err
	}
	some, err := s.snapshot(c, step.Only)
	if err == nil && !some {
		err = illegalf("%s has wiped its state: there is nothing to take", c.name)
	}
	return err
}

// canTake refuses components that a client does not hold.
func (s *script) canTake(c *client, step ScriptStep) error {
	for _, text := range step.Only {
		part, err := parseComponent(text)
		if err != nil {
			return illegal(err.Error())
		}
		if len(s.components(c, []component{part})) == 0 {
			return illegalf("%s does not hold %s: it holds %s", c.name, text, cmp.Or(strings.Join(s.componentsHeld(c), ", "), "nothing"))
		}
	}
	return nil
}

// runWatch lets somebody stay on a client's device.
func (s *script) runWatch(c *client, step ScriptStep) error {
	if len(c.live) > 0 {
		return illegalf("%s is watched already", c.name)
	}
	use := slices.Equal(step.Only, []string{"signature"}) && slices.Contains(c.hsm, inChip)
	if err := s.canTake(c, step); err != nil && !use {
		return err
	}
	t, err := s.watch(c, step.Only, s.horizon)
	if err == nil && t == nil {
		err = illegalf("%s has wiped its state: there is nothing to watch", c.name)
	}
	return err
}

// runUnwatch ends that.
func (s *script) runUnwatch(c *client) error {
	switch {
	case len(c.live) == 0:
		return illegalf("nobody watches %s", c.name)
	case c.live[0].at != s.at:
		return illegalf("%s is watched elsewhere: unwatch it there", c.name)
	}
	s.unwatch(c.live[0])
	return nil
}

// componentsHeld names the components that a member could be robbed of.
func (s *script) componentsHeld(c *client) []string {
	var names []string
	for _, p := range parts {
		if len(s.components(c, []component{p.component})) > 0 {
			names = append(names, p.name)
		}
	}
	for _, h := range secretsOf(c.machine) {
		if h.Part == PartNode {
			names = append(names, fmt.Sprintf("node:%d", h.Node))
		}
	}
	return names
}

func (s *script) runHoard(c *client) error {
	if c.hoard != nil {
		return illegalf("%s hoards already", c.name)
	}
	s.startHoarding(c)
	return nil
}

func (s *script) runFreeze(c *client) error {
	c.frozen = true
	s.note(DidFreeze, c, 0)
	return nil
}

// runThaw lets a member process all that it has missed.
func (s *script) runThaw(c *client) error {
	if !c.frozen {
		return illegalf("%s is not frozen", c.name)
	}
	c.frozen = false
	s.note(DidThaw, c, 0)
	return own(s.everywhere(s.settle)) // it may lack a PSK
}
