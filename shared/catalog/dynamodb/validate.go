package dynamodb

import (
	"fmt"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// validateTx refuses what no implementation could store.
func validateTx(tx *catalog.Tx) error {
	if n := tx.Size(); n > catalog.MaxTxItems {
		return coded.Wrap(coded.Invalid, catalog.ErrTooLarge, "transaction of %d items, at most %d", n, catalog.MaxTxItems)
	}
	total := 0
	for i := range tx.Puts {
		p := &tx.Puts[i]
		if err := validatePut(p); err != nil {
			return at(err, "puts", i)
		}
		total += itemBytes(&p.Item)
	}
	for i, c := range tx.Deletes {
		if err := validateCheck(c.Key, c.IfVersion); err != nil {
			return at(err, "deletes", i)
		}
	}
	for i, c := range tx.Checks {
		if err := validateCheck(c.Key, c.IfVersion); err != nil {
			return at(err, "checks", i)
		}
	}
	for i := range tx.Outbox {
		m := &tx.Outbox[i]
		if err := validateMessage(m); err != nil {
			return at(err, "outbox", i)
		}
		total += messageBytes(m)
	}
	if total > maxTxBytes {
		return coded.Wrap(coded.Invalid, catalog.ErrTooLarge, "transaction of %d bytes, at most %d", total, maxTxBytes)
	}
	if tx.Seen != nil {
		if err := validateText("seen.id", tx.Seen.ID, maxKeyBytes); err != nil {
			return err
		}
	}
	return validateDistinct(tx)
}

// at says in which element of a list the field at fault is.
func at(err *coded.Error, list string, i int) error {
	field := fmt.Sprintf("%s[%d]", list, i)
	if err.Field != "" {
		field += "." + err.Field
	}
	err.Field = field
	return err
}

func validatePut(p *catalog.Put) *coded.Error {
	it := &p.Item
	if err := validateCheck(it.Key, p.IfVersion); err != nil {
		return err
	}
	values := [...]struct{ field, value string }{
		{"indexes.kind", it.Indexes.Kind}, {"indexes.tenant", it.Indexes.Tenant},
		{"indexes.keyArn", it.Indexes.KeyARN}, {"indexes.resource", it.Indexes.Resource},
		{"indexes.host", it.Indexes.Host}, {"indexes.shard", it.Indexes.Shard},
	}
	for _, v := range values {
		if v.value == "" {
			continue
		}
		if err := validateText(v.field, v.value, maxValueBytes); err != nil {
			return err
		}
	}
	if it.Lane != "" {
		if err := validateText("lane", string(it.Lane), maxLaneBytes); err != nil {
			return err
		}
	}
	if it.Lane == "" && !it.DueAt.IsZero() {
		return coded.Field("lane", "set Lane beside DueAt", "an item that is due needs a lane")
	}
	if n := itemBytes(it); n > catalog.MaxItemBytes {
		return coded.Wrap(coded.Invalid, catalog.ErrTooLarge, "item %s of %d bytes, at most %d", name(it.Key), n, catalog.MaxItemBytes)
	}
	return nil
}

func validateCheck(k catalog.Key, ifVersion int64) *coded.Error {
	if err := validateKey(k); err != nil {
		return err
	}
	if ifVersion < 0 {
		return coded.Field("ifVersion", "0 requires that there is no item", "negative version %d", ifVersion)
	}
	return nil
}

func validateMessage(m *catalog.Message) *coded.Error {
	if err := validateText("id", m.ID, maxKeyBytes); err != nil {
		return err
	}
	if m.Group != "" {
		if err := validateText("group", m.Group, maxKeyBytes); err != nil {
			return err
		}
	}
	if n := messageBytes(m); n > catalog.MaxItemBytes {
		return coded.Wrap(coded.Invalid, catalog.ErrTooLarge, "message %s of %d bytes, at most %d", m.ID, n, catalog.MaxItemBytes)
	}
	return nil
}

// validateDistinct requires that no key and no message id is in tx twice.
func validateDistinct(tx *catalog.Tx) error {
	keys := map[catalog.Key]bool{}
	twice := func(k catalog.Key) error {
		if keys[k] {
			return coded.Field("key", "merge the two changes", "%s is in the transaction twice", name(k))
		}
		keys[k] = true
		return nil
	}
	for i := range tx.Puts {
		if err := twice(tx.Puts[i].Item.Key); err != nil {
			return err
		}
	}
	for _, checks := range [][]catalog.Check{tx.Deletes, tx.Checks} {
		for _, c := range checks {
			if err := twice(c.Key); err != nil {
				return err
			}
		}
	}
	ids := map[string]bool{}
	for i := range tx.Outbox {
		if id := tx.Outbox[i].ID; ids[id] {
			return coded.Field("outbox", "give every message its own id", "message %s is in the transaction twice", id)
		}
		ids[tx.Outbox[i].ID] = true
	}
	return nil
}

// itemBytes is about what DynamoDB counts: names of attributes come on top, for
// which MaxItemBytes leaves room.
func itemBytes(it *catalog.Item) int {
	x := &it.Indexes
	return len(it.Body) + len(it.Key.Part) + len(it.Key.Sort) + len(it.Lane) +
		len(x.Kind) + len(x.Tenant) + len(x.KeyARN) + len(x.Resource) + len(x.Host) + len(x.Shard)
}

func messageBytes(m *catalog.Message) int { return len(m.ID) + len(m.Group) + len(m.Body) }

// name is a key as people read it in an error.
func name(k catalog.Key) string { return k.Part + "/" + k.Sort }
