package embedded

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Limits of DynamoDB that the port leaves to its implementations.
// [DynamoDB guide, Quotas: keys and transactions]
const (
	maxKeyBytes   = 1024       // a sort key; the lookups sort by Part and Sort joined
	maxValueBytes = 2048       // a partition key: the value of an index
	maxTxBytes    = 3900 << 10 // all items of a transaction; DynamoDB's limit is 4 MB
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
		{"lane", string(it.Lane)}, {"indexes.kind", it.Indexes.Kind}, {"indexes.tenant", it.Indexes.Tenant},
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

func validateKey(k catalog.Key) *coded.Error {
	if err := validateText("key.part", k.Part, maxKeyBytes); err != nil {
		return err
	}
	if err := validateText("key.sort", k.Sort, maxKeyBytes); err != nil {
		return err
	}
	if n := len(k.Part) + 1 + len(k.Sort); n > maxKeyBytes {
		return coded.Field("key", "use shorter ids", "%d bytes, at most %d", n, maxKeyBytes)
	}
	return nil
}

func validateMessage(m *catalog.Message) *coded.Error {
	if err := validateText("id", m.ID, maxKeyBytes); err != nil {
		return err
	}
	if n := messageBytes(m); n > catalog.MaxItemBytes {
		return coded.Wrap(coded.Invalid, catalog.ErrTooLarge, "message %s of %d bytes, at most %d", m.ID, n, catalog.MaxItemBytes)
	}
	return nil
}

// validateText requires 1 … max bytes of UTF-8 without a zero byte, which
// separates the parts of a key on disk.
func validateText(field, s string, max int) *coded.Error {
	switch {
	case s == "":
		return coded.Field(field, "give it a value", "must not be empty")
	case len(s) > max:
		return coded.Field(field, "use a shorter value", "%d bytes, at most %d", len(s), max)
	case strings.IndexByte(s, 0) >= 0:
		return coded.Field(field, "remove the zero byte", "must not hold a zero byte")
	case !utf8.ValidString(s):
		return coded.Field(field, "encode it as UTF-8", "is not UTF-8")
	}
	return nil
}

// validateDistinct requires that no key and no message id is in tx twice.
func validateDistinct(tx *catalog.Tx) error {
	keys := make([]catalog.Key, 0, 8)
	for i := range tx.Puts {
		keys = append(keys, tx.Puts[i].Item.Key)
	}
	for _, c := range tx.Deletes {
		keys = append(keys, c.Key)
	}
	for _, c := range tx.Checks {
		keys = append(keys, c.Key)
	}
	for i := 1; i < len(keys); i++ {
		for _, k := range keys[:i] {
			if k == keys[i] {
				return coded.Field("key", "merge the two changes", "%s is in the transaction twice", name(k))
			}
		}
	}
	for i := 1; i < len(tx.Outbox); i++ {
		for j := range tx.Outbox[:i] {
			if tx.Outbox[j].ID == tx.Outbox[i].ID {
				return coded.Field("outbox", "give every message its own id", "message %s is in the transaction twice", tx.Outbox[i].ID)
			}
		}
	}
	return nil
}

// validateQuery returns the position of the query's index in lookups.
func validateQuery(q *catalog.Query) (index int, err error) {
	index = lookup(q.Index)
	if index < 0 {
		return 0, coded.Field("index", "use one of catalog's Index constants", "unknown index %q", q.Index)
	}
	if err := validateText("value", q.Value, maxValueBytes); err != nil {
		return 0, err
	}
	return index, validateLimit(q.Limit)
}

func validateDue(lane catalog.Lane, shard, limit int) error {
	if err := validateText("lane", string(lane), maxValueBytes); err != nil {
		return err
	}
	if shard < 0 || shard >= catalog.DueShards {
		return coded.Field("shard", fmt.Sprintf("0 … %d", catalog.DueShards-1), "no shard %d", shard)
	}
	return validateLimit(limit)
}

func validateLimit(limit int) error {
	if limit < 1 || limit > catalog.MaxPage {
		return coded.Field("limit", fmt.Sprintf("1 … %d", catalog.MaxPage), "limit %d is out of range", limit)
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
