package props

// must is what has to happen in at least such a share of the histories: a suite
// in which nothing ever leaked, or nothing ever healed, has shown nothing.
var must = map[string]float64{
	"leak": 0.3, "safe epoch": 0.9, "retroactive leak": 0.05,
	"heal": 0.15, "failed heal": 0.2, "heal by own_commit": 0.02, "heal by update": 0.01, "heal by removal": 0.02,
	"message read": 0.05, "message closed": 0.05,
	"heal by psk": 0.005, "whole state": 0.1, "stale device": 0.02, "hoarding device": 0.02, "part of a state": 0.1,
	"psk": 0.1, "external": 0.1, "steal": 0.05, "export": 0.05, "framing": 0.05, "retain": 0.05,
	"hsm": 0.05, "badrandom": 0.05, "drop": 0.02, "watch": 0.05, "unwatch": 0.05, "rows left undeleted": 0.05,

	// What the adversary does beside looking (docs/rules.md): with all premises it is
	// accepted, without one it is refused.
	"a forgery accepted": 0.2, "a forgery refused": 0.1, "interference": 0.2,
	"A1 accepted": 0.02, "A2 accepted": 0.02, "A3 accepted": 0.002, "A5 accepted": 0.005, "A6 accepted": 0.005, "A7 accepted": 0.005,
	"A8 accepted": 0.01, "A9 accepted": 0.02,
	"A1 refused": 0.005, "A2 refused": 0.005, "A3 refused": 0.002, "A5 refused": 0.002, "A6 refused": 0.002, "A7 refused": 0.002,
	"A8 refused": 0.01, "A10 refused": 0.01,
	"a forged PrivateMessage": 0.01, "a forged Commit with PSKs": 0.005, "a device that signs": 0.02, "a device that signs no more": 0.01,
	"reinit": 0.02, "subgroup": 0.02, "propose reinit": 0.01,
	"a ghost added": 0.01, "a Commit with garbage": 0.005, "a signature key replaced": 0.02, "revoke": 0.01,
	"a fork": 0.02, "another group of the same clients": 0.02, "a theft across groups": 0.01, "KeyPackages run out": 0.02,
	"a Commit withheld": 0.02, "a message for some": 0.01, "a message late or twice": 0.01, "a stale GroupInfo": 0.002,
}

// anyway are those of all things that have to happen in a short run as well.
var anyway = []string{"leak", "heal", "failed heal", "safe epoch", "retroactive leak", "message read", "message closed",
	"a forgery accepted", "a forgery refused", "interference"}
