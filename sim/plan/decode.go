package plan

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a plan file, in bytes and in YAML tokens (a script is a single one).
// They hold well over a thousand compromises, or ten thousand steps; the YAML
// parser's time and memory grow with the square of the tokens.
const (
	maxFile   = 256 << 10
	maxTokens = 10_000
)

// A decoder fills a [File] from YAML and collects what is wrong.
type decoder struct {
	*source
	errs   Errors
	keys   map[string]position // where a key stands, by its path such as habits.stale
	values map[string]position // where its value stands; items have paths such as habits.stale[2]
	script *ast.LiteralNode
}

func (d *decoder) fail(p position, hint, format string, args ...any) {
	d.errs = append(d.errs, d.source.at(p, fmt.Sprintf(format, args...), hint))
}

// failAt is fail at the value at a path, or at the nearest enclosing one.
func (d *decoder) failAt(path, hint, format string, args ...any) {
	p, ok := d.values[path]
	for !ok && path != "" {
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
		p, ok = d.values[path]
	}
	d.fail(p, hint, format, args...)
}

// parse reads the one document of a plan file.
func (d *decoder) parse(data []byte) ast.Node {
	if len(data) > maxFile {
		d.fail(position{1, 1}, "", "a plan is at most %d bytes long, this one is %d", maxFile, len(data))
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxTokens {
		d.fail(position{1, 1}, "", "a plan has at most %d YAML tokens, this one has %d", maxTokens, len(tokens))
		return nil
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.fail(syntaxError(err))
		return nil
	}
	var body ast.Node
	for _, doc := range f.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			d.fail(at(doc.Body), "", "a second document: a plan file holds one plan")
		default:
			body = doc.Body
		}
	}
	if body == nil {
		d.fail(position{1, 1}, "mlssim plan new NAME writes one to start from", "the plan is empty")
	}
	return body
}

// syntaxError splits an error of the YAML parser into what fail takes.
func syntaxError(err error) (p position, hint, format string, message any) {
	if e, ok := errors.AsType[*yaml.SyntaxError](err); ok && e.Token != nil && e.Token.Position != nil {
		return position{e.Token.Position.Line, e.Token.Position.Column}, "", "not YAML: %v", e.Message
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return position{1, 1}, "", "not YAML: %v", first
}

func at(n ast.Node) position {
	var t *token.Token
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 { // the parser's own position is that of the first colon
			return at(n.Values[0].Key)
		}
		t = n.GetToken()
	case *ast.MappingValueNode:
		return at(n.Key)
	default:
		t = n.GetToken()
	}
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

// value decodes n, whose path is given, into v. The tag is that of v's field.
func (d *decoder) value(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	d.values[path] = at(n)
	switch v.Interface().(type) {
	case Duration:
		d.duration(n, v, path, tag)
		return
	case Script:
		d.block(n, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.sequence(n, v, path)
	case reflect.String:
		d.text(n, v, path)
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
		} else {
			d.mismatch(n, path, "true or false")
		}
	case reflect.Int:
		d.integer(n, v, path, tag)
	case reflect.Uint64:
		d.unsigned(n, v, path)
	case reflect.Float64:
		d.number(n, v, path, tag)
	}
}

// mismatch reports a value of the wrong type.
func (d *decoder) mismatch(n ast.Node, path, want string) {
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.fail(at(n), "", "%s: anchors, aliases and tags are not used in plans", path)
	case *ast.NullNode:
		p, ok := d.keys[path] // the parser has no position for what is not there
		if !ok {
			p = at(n)
		}
		d.fail(p, "leave the key out for its default", "%s has no value, it should be %s", path, want)
	default:
		d.fail(at(n), "", "%s should be %s, not %s", path, want, describe(n))
	}
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.LiteralNode:
		return "a block of text"
	}
	return strconv.Quote(clip(n.GetToken().Value))
}

// mapping decodes the keys of a struct.
func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		what := path
		if what == "" {
			what = "a plan"
		}
		d.mismatch(n, what, "a mapping of keys to values")
		return
	}
	fields := fieldsOf(v.Type())
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		i := slices.IndexFunc(fields, func(f reflect.StructField) bool { return keyOf(f) == key })
		if i < 0 {
			d.fail(at(pair.Key), suggestKey(key, path, fields), "unknown key %q", clip(key))
			continue
		}
		full := join(path, key)
		if first, again := d.keys[full]; again {
			d.fail(at(pair.Key), "", "key %q a second time: it stands in line %d already", key, first.line)
			continue
		}
		d.keys[full] = at(pair.Key)
		d.value(pair.Value, v.FieldByIndex(fields[i].Index), full, fields[i].Tag)
	}
	for _, f := range fields {
		if _, ok := d.keys[join(path, keyOf(f))]; !ok && required(f) {
			d.fail(d.values[path], "", "%q is missing: %s", keyOf(f), f.Tag.Get("jsonschema"))
		}
	}
}

func (d *decoder) sequence(n ast.Node, v reflect.Value, path string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		d.mismatch(n, path, "a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values))
	for i, item := range list.Values {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i), "")
	}
	v.Set(out)
}
