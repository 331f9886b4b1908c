package catalog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/shared/coded"
)

// Limits of keys, index values and transactions. [DynamoDB guide, Quotas]
const (
	MaxKeyBytes   = 1024       // Part and Sort joined: the lookups sort by it
	MaxValueBytes = 2048       // the value of an index
	MaxTxBytes    = 3900 << 10 // all items of a transaction; DynamoDB's limit is 4 MB

	maxLaneBytes = MaxValueBytes - len("/00") // a lane's partitions carry the shard
)

// Prefixes of partitions that are kept for messages and seen ids.
const (
	PartOutbox = "outbox#"
	PartSeen   = "seen#"
)

// ValidateTx refuses what no implementation could store: ErrTooLarge, or a
// coded.Invalid error that names the field.
func ValidateTx(tx *Tx) error {
	if n := tx.Size(); n > MaxTxItems {
		return coded.Wrap(coded.Invalid, ErrTooLarge, "transaction of %d items, at most %d", n, MaxTxItems)
	}
	total := 0
	for i := range tx.Puts {
		p := &tx.Puts[i]
		if err := validatePut(p); err != nil {
			return at(err, "puts", i)
		}
		total += p.Item.Bytes()
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
		total += m.Bytes()
	}
	if total > MaxTxBytes {
		return coded.Wrap(coded.Invalid, ErrTooLarge, "transaction of %d bytes, at most %d", total, MaxTxBytes)
	}
	if tx.Seen != nil {
		if err := validateText("seen.id", tx.Seen.ID, MaxKeyBytes); err != nil {
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

func validatePut(p *Put) *coded.Error {
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
		if err := validateText(v.field, v.value, MaxValueBytes); err != nil {
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
	if n := it.Bytes(); n > MaxItemBytes {
		return coded.Wrap(coded.Invalid, ErrTooLarge, "item %s of %d bytes, at most %d", it.Key, n, MaxItemBytes)
	}
	return nil
}

func validateCheck(k Key, ifVersion int64) *coded.Error {
	if err := checkKey(k); err != nil {
		return err
	}
	if ifVersion < 0 {
		return coded.Field("ifVersion", "0 requires that there is no item", "negative version %d", ifVersion)
	}
	return nil
}

func checkKey(k Key) *coded.Error {
	if err := validateText("key.part", k.Part, MaxKeyBytes); err != nil {
		return err
	}
	if err := validateText("key.sort", k.Sort, MaxKeyBytes); err != nil {
		return err
	}
	if n := len(k.Part) + 1 + len(k.Sort); n > MaxKeyBytes {
		return coded.Field("key", "use shorter ids", "%d bytes, at most %d", n, MaxKeyBytes)
	}
	return checkPart("key.part", k.Part)
}

// ValidateKey refuses a key that no item can have.
func ValidateKey(k Key) error {
	if err := checkKey(k); err != nil {
		return err
	}
	return nil
}

// checkPart keeps records out of the partitions of messages and seen ids.
func checkPart(field, part string) *coded.Error {
	for _, prefix := range []string{PartOutbox, PartSeen} {
		if strings.HasPrefix(part, prefix) {
			return coded.Field(field, "use another kind", "%q is reserved", prefix)
		}
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

// validateDistinct requires that no key and no message is in tx twice.
func validateDistinct(tx *Tx) error {
	keys := make([]Key, 0, 8)
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
				return coded.Field("key", "merge the two changes", "%s is in the transaction twice", k)
			}
		}
	}
	for i := 1; i < len(tx.Outbox); i++ {
		for j := range tx.Outbox[:i] {
			if tx.Outbox[j].ID == tx.Outbox[i].ID && tx.Outbox[j].Group == tx.Outbox[i].Group {
				return coded.Field("outbox", "give every message its own id", "message %s is in the transaction twice", tx.Outbox[i].ID)
			}
		}
	}
	return nil
}

// ValidateQuery refuses a query that cannot be answered.
func ValidateQuery(q *Query) error {
	switch q.Index {
	case IndexPart, IndexKind, IndexTenant, IndexKeyARN, IndexResource, IndexHost, IndexShard:
	default:
		return coded.Field("index", "use one of catalog's Index constants", "unknown index %q", q.Index)
	}
	if err := validateText("value", q.Value, MaxValueBytes); err != nil {
		return err
	}
	if q.Index == IndexPart {
		if err := checkPart("value", q.Value); err != nil {
			return err
		}
	}
	return ValidateLimit(q.Limit)
}

// ValidateDue refuses a question about what is due that cannot be answered.
func ValidateDue(lane Lane, shard, limit int) error {
	if err := validateText("lane", string(lane), maxLaneBytes); err != nil {
		return err
	}
	if shard < 0 || shard >= DueShards {
		return coded.Field("shard", fmt.Sprintf("0 … %d", DueShards-1), "no shard %d", shard)
	}
	return ValidateLimit(limit)
}

// ValidateLimit refuses a limit outside 1 … MaxPage.
func ValidateLimit(limit int) error {
	if limit < 1 || limit > MaxPage {
		return coded.Field("limit", fmt.Sprintf("1 … %d", MaxPage), "limit %d is out of range", limit)
	}
	return nil
}

// Bytes is about what DynamoDB counts of an item: names of attributes come on
// top, for which MaxItemBytes leaves room.
func (it *Item) Bytes() int {
	x := &it.Indexes
	return len(it.Body) + len(it.Key.Part) + len(it.Key.Sort) + len(it.Lane) +
		len(x.Kind) + len(x.Tenant) + len(x.KeyARN) + len(x.Resource) + len(x.Host) + len(x.Shard)
}

// String is a key as people read it.
func (k Key) String() string { return k.Part + "/" + k.Sort }
