package props

// survivors are the faults that nothing notices, each with the reason.
var survivors = map[string]string{}

const mutantHead = `# Faults, and what notices them

Written by "go test ./props -run TestMutants -long -update-mutants -timeout 2h".

props/mutants.yaml lists faults of the model, the implementation and the simulator.
All of them are compiled into one test binary, out of sources that differ from those
of the repository by go build -overlay; a variable of the environment switches one
of them on. No program that is built in the ordinary way has any of this in it. For
each fault the binary runs these properties, until one of them does not hold:

| property | what has to hold |
|---|---|
| bounds | the predicates of the papers bound what leaks in random scripts on the model ([threat.md](threat.md)) |
| lockstep | model and implementation, closure and attacker on bytes agree in random scripts |
| races | members whose Commits race, and newcomers, stay in one group |
| catalogue | each input of impl/forge is refused for the one rule that it violates, and its control accepted |
| twins | model and implementation accept and refuse the same, in histories with much that is forbidden |

A script in which a property does not hold is made as short as it can be; that of
the twins by rapid. A panic counts as noticed, and so does a run of three minutes.
` + "\n"
