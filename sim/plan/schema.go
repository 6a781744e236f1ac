package plan

import (
	"encoding/json"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema returns the JSON Schema of plan files (draft 2020-12), made from the
// types of file.go and from [Defaults].
func Schema() []byte {
	s, err := jsonschema.For[File](&jsonschema.ForOptions{TypeSchemas: wordSchemas()})
	if err != nil { // the types are fixed
		panic(err)
	}
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "mlssim plan"
	describeFields(s, reflect.ValueOf(*Defaults()))
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}

// wordSchemas says how the types that are no plain numbers or strings look.
func wordSchemas() map[reflect.Type]*jsonschema.Schema {
	zero := any(0)
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Duration](): {AnyOf: []*jsonschema.Schema{
			{Type: "string", Pattern: `^(0|([0-9]+(\.[0-9]+)?(d|h|m|s|ms|us|ns))+)$`}, {Const: &zero}}},
		reflect.TypeFor[Engine]():    {Type: "string", Enum: enum(Engine("").words())},
		reflect.TypeFor[Protocol]():  {Type: "string", Enum: enum(Protocol("").words())},
		reflect.TypeFor[Suite]():     {Type: "string", Enum: enum(Suite("").words())},
		reflect.TypeFor[UpdateHow](): {Type: "string", Enum: enum(UpdateHow("").words())},
		reflect.TypeFor[PSK]():       {Type: "string", Enum: enum(PSK("").words())},
		reflect.TypeFor[Committer](): {Type: "string", Enum: enum(Committer("").words())},
		reflect.TypeFor[Service]():   {Type: "string", Enum: enum(Service("").words())},
		reflect.TypeFor[Recovery]():  {Type: "string", Enum: enum(Recovery("").words())},
		reflect.TypeFor[Way]():       {Type: "string", Enum: enum(Way("").words())},
		reflect.TypeFor[Spread]():    {Type: "string", Enum: enum(Spread("").words())},
		reflect.TypeFor[Member]():    {Type: "string", Pattern: `^(M[1-9][0-9]*|random)$`},
		reflect.TypeFor[Component](): {Type: "string", Pattern: `^(init|enc|leaf|res|node:(0|[1-9][0-9]*))$`},
		reflect.TypeFor[Script]():    {Type: "string"},
	}
}

func enum(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// describeFields adds the limits and defaults of the fields of v to its schema.
func describeFields(s *jsonschema.Schema, v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		p, x := s.Properties[keyOf(f)], v.FieldByIndex(f.Index)
		switch x.Kind() {
		case reflect.Struct:
			describeFields(p, x)
		case reflect.Slice:
			p.Type, p.Types = "array", nil // never null
			if item := x.Type().Elem(); item.Kind() == reflect.Struct {
				describeFields(p.Items, reflect.Zero(item))
			}
		case reflect.Int, reflect.Float64:
			low, high := limits(f.Tag)
			p.Minimum, p.Maximum = &low, &high
		case reflect.Uint64:
			low := 0.0
			p.Minimum = &low
		}
		if !required(f) && x.Kind() != reflect.Slice && x.Kind() != reflect.Struct && !x.IsZero() {
			p.Default = defaultOf(x)
		}
	}
}

// defaultOf writes a default as it would stand in a plan.
func defaultOf(x reflect.Value) json.RawMessage {
	v := x.Interface()
	if d, ok := v.(Duration); ok {
		v = d.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
