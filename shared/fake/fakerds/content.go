package fakerds

import (
	"slices"
	"time"
)

// op kinds of the history of an instance's content.
const (
	opDatabase = "database" // Name is made, owned by Role
	opRole     = "role"     // Name is made, with login
	opLogin    = "login"
	opNoLogin  = "nologin"
	opDrop     = "drop" // database Name and Role go
	opRow      = "row"  // Value is written to database Name
)

// op is one change inside an instance.
type op struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"op"`
	Name  string    `json:"name"`
	Role  string    `json:"role,omitempty"`
	Value string    `json:"value,omitempty"`
}

// content is what is inside an instance: its history, from which any point in
// time can be had, and what it comes to. Histories share their memory; an op is
// never changed.
type content struct {
	Ops []op

	owners   map[string]string // database → role
	login    map[string]bool   // role → may log in
	rows     map[string][]Row  // database → rows, in the order of writing
	backends map[string]int    // role → open connections; dies with the instance's process
}

// Row is a mark written to a database.
type Row struct {
	Value string
	At    time.Time
}

// asOf returns the history until a moment.
func asOf(ops []op, at time.Time) []op {
	later := func(o op) bool { return o.At.After(at) }
	if !slices.ContainsFunc(ops, later) {
		return slices.Clip(ops)
	}
	return slices.DeleteFunc(slices.Clone(ops), later)
}

// newContent returns what a history comes to: also the roles that could not log
// in then cannot now.
func newContent(ops []op) content {
	c := content{Ops: ops}
	c.rebuild()
	return c
}

// rebuild makes the present state from the history.
func (c *content) rebuild() {
	c.owners, c.login, c.rows = nil, nil, nil
	for _, o := range c.Ops {
		c.take(o)
	}
}

// add puts a change in the history and takes it in.
func (c *content) add(o op) {
	c.Ops = append(c.Ops, o)
	c.take(o)
}

func (c *content) take(o op) {
	if c.owners == nil {
		c.owners, c.login, c.rows = map[string]string{}, map[string]bool{}, map[string][]Row{}
	}
	switch o.Kind {
	case opDatabase:
		c.owners[o.Name] = o.Role
	case opRole, opLogin:
		c.login[o.Name] = true
	case opNoLogin:
		c.login[o.Name] = false
	case opRow:
		c.rows[o.Name] = append(c.rows[o.Name], Row{o.Value, o.At})
	case opDrop:
		delete(c.owners, o.Name)
		delete(c.rows, o.Name)
		delete(c.login, o.Role)
	}
}

// hasRole reports whether there is such a role.
func (c *content) hasRole(role string) bool {
	_, ok := c.login[role]
	return ok
}

// connect opens a connection of a role.
func (c *content) connect(role string) {
	if c.backends == nil {
		c.backends = map[string]int{}
	}
	c.backends[role]++
}

// disconnect ends the connections of a role; "" means all.
func (c *content) disconnect(role string) {
	if role == "" {
		clear(c.backends)
		return
	}
	delete(c.backends, role)
}
