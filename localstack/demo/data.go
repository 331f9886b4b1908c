package demo

import (
	"fmt"
	"slices"

	"latchkey/shared/fake/fakerds"
)

// work lets a customer's applications write one row to each database that they
// are served. What a refused or unanswered application would have written does
// not exist.
func (s *story) work(c *customer) {
	for _, product := range c.products {
		got, d := s.ask(c, product)
		if s.err != nil || !d.Allow {
			continue
		}
		now := s.clock.Now()
		r := row{value: fmt.Sprintf("%s-%d", product, len(c.history[product])+1), at: now}
		if s.cell.RDS[c.region].Write(s.ctx, instanceOf(got.Endpoint), got.Database, r.value, now) == nil {
			c.history[product] = append(c.history[product], r)
		}
	}
}

// read returns what is in a product's database now.
func (s *story) read(c *customer, product string) []fakerds.Row {
	got, d := s.ask(c, product)
	if s.err != nil || !d.Allow {
		return nil
	}
	rows, err := s.cell.RDS[c.region].Read(s.ctx, instanceOf(got.Endpoint), got.Database)
	s.fail("reading a database", err)
	return rows
}

// intact reports whether just the rows that pass keep are in a product's
// database, of all that were written, and how many are there and are missing.
func (s *story) intact(c *customer, product string, keep func(row) bool) (ok bool, there int, missing []row) {
	found := s.read(c, product)
	var want []row
	for _, r := range c.history[product] {
		if keep(r) {
			want = append(want, r)
		} else {
			missing = append(missing, r)
		}
	}
	ok = slices.EqualFunc(found, want, func(f fakerds.Row, w row) bool { return f.Value == w.value })
	return ok, len(found), missing
}

// all keeps every row.
func all(row) bool { return true }
