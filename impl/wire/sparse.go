package wire

import "unsafe"

// A Sparse list is a vector of optional<T> of which only what is present takes
// memory.
type Sparse[T any] struct {
	Len   int // with what is absent
	Items []Item[T]
}

// An Item is an element of a Sparse list that is present.
type Item[T any] struct {
	At    int // its place in the vector, increasing
	Value T
}

// Optionals is optional<T> v<V>, each element that is present described by each.
func Optionals[T any](c *Coder, v *Sparse[T], each func(*Coder, *T)) {
	switch c.mode {
	case measuring:
		start := c.size
		v.write(c, each)
		c.length(c.size - start)
	case writing:
		start := len(c.out)
		v.write(c, each)
		c.insertLength(start)
	case counting:
		c.within(func() { v.count(c, each) })
	case decoding:
		c.within(func() { v.read(c, each) })
	}
}

func (v *Sparse[T]) write(c *Coder, each func(*Coder, *T)) {
	k := 0
	for i := 0; i < v.Len && c.err == nil; i++ {
		var e *T
		if k < len(v.Items) && v.Items[k].At == i {
			e = &v.Items[k].Value
			k++
		}
		Optional(c, &e, each)
	}
}

// count sets Len, and returns how many elements are present. Of Items it keeps
// one, to read them all into.
func (v *Sparse[T]) count(c *Coder, each func(*Coder, *T)) (present int) {
	var e *T
	for v.Len = 0; c.err == nil && len(c.in) > 0; v.Len++ {
		if c.in[0] != 0 {
			present++
			if e == nil {
				v.Items = make([]Item[T], 1)
				e = &v.Items[0].Value
			}
		}
		Optional(c, &e, each)
	}
	return present
}

func (v *Sparse[T]) read(c *Coder, each func(*Coder, *T)) {
	*v = Sparse[T]{}
	in, pos := c.in, c.pos
	c.mode = counting
	present := v.count(c, each)
	c.mode, c.in = decoding, in
	if !c.allocate((present + 1) * int(unsafe.Sizeof(Item[T]{}))) { // one was needed to count
		*v = Sparse[T]{}
		return
	}
	c.pos = pos
	v.Items = make([]Item[T], present)
	k := 0
	for i := 0; c.err == nil && i < v.Len; i++ {
		var flag uint8
		if Uint8(c, &flag); flag == 1 {
			v.Items[k].At = i
			each(c, &v.Items[k].Value)
			k++
		}
	}
}
