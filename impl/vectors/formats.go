package vectors

// formats are the formats that are known, by the order of the description. The
// passive clients' three files have one format: they differ in what happens.
var formats = []format{
	of[treeMath]("tree-math", recipe{"tree-math", false, makeTreeMath}),
	of[cryptoBasics]("crypto-basics", recipe{"crypto-basics", true, makeCryptoBasics}),
	of[secretTree]("secret-tree", recipe{"secret-tree", true, makeSecretTree}),
	of[messageProtection]("message-protection", recipe{"message-protection", true, makeMessageProtection}),
	of[keySchedule]("key-schedule", recipe{"key-schedule", true, makeKeySchedule}),
	of[pskSecret]("psk_secret", recipe{"psk_secret", true, makePSKSecret}),
	of[transcriptHashes]("transcript-hashes", recipe{"transcript-hashes", true, makeTranscriptHashes}),
	of[welcome]("welcome", recipe{"welcome", true, makeWelcome}),
	of[treeOperations]("tree-operations", recipe{"tree-operations", true, makeTreeOperations}),
	of[treeValidation]("tree-validation", recipe{"tree-validation", true, makeTreeValidation}),
	of[treeKEM]("treekem", recipe{"treekem", true, makeTreeKEM}),
	of[messages]("messages", recipe{"messages", false, makeMessages}),
	of[passiveClient]("passive-client",
		recipe{"passive-client-welcome", true, makePassiveWelcome},
		recipe{"passive-client-handling-commit", true, makePassiveCommits},
		recipe{"passive-client-random", true, makePassiveRandom}),
	of[negative]("negative", recipe{"negative", true, makeNegative}),
	of[deserialization]("deserialization", recipe{"deserialization", false, makeDeserialization}),
}
