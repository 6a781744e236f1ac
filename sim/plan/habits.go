package plan

import (
	"cmp"
	"fmt"

	"mlssim/sim"
)

// habitsFile turns habits back into their keys.
func habitsFile(h *sim.Habits) Habits {
	d := Defaults().Habits
	f := Habits{Online: Duration(h.Online), Offline: Duration(h.Offline), Messages: h.Messages, Size: h.Size,
		Stale: convert[Member](h.Stale), StaleAt: Duration(h.StaleAt), OfflineTail: h.OfflineTail,
		Conversation: cmp.Or(h.Conversation, d.Conversation), Gap: cmp.Or(Duration(h.Gap), d.Gap), GapTail: h.GapTail,
		Diurnal: h.Diurnal, Peak: Duration(h.Peak), Zipf: h.Zipf}
	for _, c := range h.Classes {
		f.Classes = append(f.Classes, Class{c.Share, Duration(c.Online), Duration(c.Offline), c.Messages,
			convert[Component](c.HSM), c.Hoards, c.BadRandom})
	}
	return f
}

// plan turns keys into habits. What means nothing without another key is left out.
func (f *Habits) plan() sim.Habits {
	h := sim.Habits{Online: sim.Time(f.Online), Offline: sim.Time(f.Offline),
		Stale: convert[string](f.Stale), StaleAt: sim.Time(f.StaleAt), Messages: f.Messages, Size: f.Size,
		OfflineTail: f.OfflineTail, GapTail: f.GapTail, Diurnal: f.Diurnal, Peak: sim.Time(f.Peak), Zipf: f.Zipf}
	if f.Conversation > 1 {
		h.Conversation, h.Gap = f.Conversation, sim.Time(f.Gap)
	}
	for _, c := range f.Classes {
		h.Classes = append(h.Classes, sim.Class{Share: c.Share, Online: sim.Time(c.Online), Offline: sim.Time(c.Offline),
			Messages: c.Messages, HSM: convert[string](c.HSM), Hoards: c.Hoards, BadRandom: c.BadRandom})
	}
	return h
}

// checkHabits refuses habits that contradict each other.
func (d *decoder) checkHabits(f *File) {
	h := &f.Habits
	if h.OfflineTail > 0 && h.OfflineTail <= 1 {
		d.failAt("habits.offline_tail", "above 1, such as 2", "with tail index %v a stretch offline has no mean", h.OfflineTail)
	}
	if h.OfflineTail > 0 && h.Offline == 0 && len(h.Classes) == 0 {
		d.failAt("habits.offline_tail", "", "habits.offline_tail means nothing: nobody is ever offline")
	}
	if h.GapTail > 0 && h.GapTail <= 1 {
		d.failAt("habits.gap_tail", "above 1, such as 1.8", "gaps whose density falls with power %v last for ever", h.GapTail)
	}
	if h.GapTail > 0 && h.Conversation > 1 {
		d.failAt("habits.gap_tail", "leave one of the two out", "messages come in conversations, or at distances that follow a power law: not both")
	}
	if h.GapTail > 0 && h.Diurnal > 0 {
		d.failAt("habits.gap_tail", "leave one of the two out", "a rate that follows the day does not go with distances that follow a power law")
	}
	if h.Peak > 0 && h.Diurnal == 0 {
		d.failAt("habits.peak", "habits.diurnal says how much it rises", "habits.peak means nothing: the rate of messages is the same all day")
	}
	if h.Gap != Defaults().Habits.Gap && h.Conversation <= 1 {
		d.failAt("habits.conversation_gap", "habits.conversation says how many messages come in a row", "habits.conversation_gap means nothing: messages are sent one by one")
	}
	d.checkConversation("habits", h, h.Online, h.Offline, h.Messages)
	for i, c := range h.Classes {
		path := fmt.Sprintf("habits.classes[%d]", i)
		d.checkClass(path, c)
		d.checkConversation(path, h, c.Online, c.Offline, c.Messages)
	}
	if usual := Defaults().Habits; len(h.Classes) > 0 {
		//det:ok errors are sorted
		for key, changed := range map[string]bool{"online": h.Online != usual.Online, "offline": h.Offline != usual.Offline,
			"messages_per_day": h.Messages != usual.Messages} {
			if changed {
				d.failAt("habits."+key, "leave it out, or leave the classes out", "habits.%s means nothing beside classes", key)
			}
		}
	}
}

// checkClass checks what the limits of a list's items do not.
func (d *decoder) checkClass(path string, c Class) {
	for j, part := range c.HSM {
		if hint, ok := component(string(part)); !ok {
			d.failAt(fmt.Sprintf("%s.hsm[%d]", path, j), hint, "no component %q", clip(string(part)))
		}
	}
}

// checkConversation refuses conversations that take longer than there is time for.
func (d *decoder) checkConversation(path string, h *Habits, online, offline Duration, perDay float64) {
	if h.Conversation <= 1 || perDay == 0 || path == "habits" && len(h.Classes) > 0 {
		return
	}
	available := 1.0
	if offline > 0 {
		available = float64(online) / float64(online+offline)
	}
	if one := float64(float64(day) / perDay * available); float64(h.Gap)*(h.Conversation-1) > one*h.Conversation {
		d.failAt(path+".messages_per_day", "a shorter conversation_gap, or fewer messages", "%v messages a day leave no time for pauses of %v between them", perDay, h.Gap)
	}
}
