package parquet

import (
	"io"

	pq "github.com/parquet-go/parquet-go"

	"latchkey/shared/coded"
)

// Writer writes files one after the other and reuses its buffers. It is not
// safe for concurrent use.
type Writer struct {
	config *pq.WriterConfig
	values []pq.Value
}

// NewWriter returns a writer.
func NewWriter() *Writer {
	compressed, err := newCodec()
	if err != nil {
		panic(err) // its options are constants
	}
	config := pq.DefaultWriterConfig()
	config.Apply(schema,
		pq.Compression(compressed),
		pq.WriteBufferSize(0),             // files are written to memory
		pq.DataPageStatistics(false),      // the page index has the same
		pq.CreatedBy("latchkey", "1", ""), // the library's own would change the bytes with its version
		pq.SortingWriterConfig(pq.SortingColumns(pq.Ascending("time"), pq.Ascending("event_id"))),
	)
	return &Writer{config: config}
}

const (
	pageBytes    = 128 << 10 // longest page of one column
	minPageBytes = 1 << 10
	valueBytes   = 16  // of the longest value in a page: a UUID; a text is a number in its dictionary
	chunk        = 512 // values handed over at a time
)

// Write writes a partition's uses to w, as one file. One without uses is a file
// without rows.
func (w *Writer) Write(to io.Writer, r *Rows, p Partition) error {
	if err := w.write(to, r, r.of(p)); err != nil {
		return coded.Wrap(coded.Internal, err, "writing Parquet file %s", p.Prefix())
	}
	return nil
}

// write makes a pq.Writer for each file: one that was Reset writes files whose
// columns have no name (parquet-go v0.32.0).
func (w *Writer) write(to io.Writer, r *Rows, list []uint32) error {
	config := *w.config
	config.PageBufferSize = min(pageBytes, max(minPageBytes, valueBytes*len(list)))
	file := pq.NewWriter(to, &config)
	columns := file.ColumnWriters()
	for from := 0; from < len(list); from += chunk { // all columns of a chunk, while its rows are in the CPU's cache
		part := list[from:min(from+chunk, len(list))]
		for c, column := range columns {
			w.values = appendColumn(w.values[:0], r, c, part)
			if _, err := column.WriteRowValues(w.values); err != nil {
				return err
			}
		}
	}
	return file.Close()
}

// appendColumn appends a column's values of some uses.
func appendColumn(to []pq.Value, r *Rows, c int, list []uint32) []pq.Value {
	switch c {
	case colTime:
		for _, i := range list {
			to = append(to, pq.Int64Value(r.rows[i].second*1000))
		}
	case colEventID:
		for _, i := range list {
			to = append(to, pq.FixedLenByteArrayValue(r.rows[i].event[:]))
		}
	case colSharedEventID:
		return appendShared(to, r, list)
	case colKeyKnown, colBare, colWrongRegion:
		for _, i := range list {
			to = append(to, pq.BooleanValue(r.flag(c, &r.rows[i])))
		}
	default:
		for _, i := range list {
			to = append(to, r.texts.values[r.text(c, &r.rows[i])])
		}
	}
	return to
}

func appendShared(to []pq.Value, r *Rows, list []uint32) []pq.Value {
	for _, i := range list {
		u := &r.rows[i]
		if u.hasShared {
			to = append(to, pq.FixedLenByteArrayValue(u.shared[:]).Level(0, 1, colSharedEventID))
		} else {
			to = append(to, pq.NullValue().Level(0, 0, colSharedEventID))
		}
	}
	return to
}

func (r *Rows) flag(c int, u *row) bool {
	s := &r.subjects[u.subject]
	switch c {
	case colKeyKnown:
		return s.known
	case colBare:
		return s.bare
	default:
		return s.wrongRegion
	}
}

// text returns the number of the text in a column.
func (r *Rows) text(c int, u *row) uint32 {
	switch c {
	case colOperation:
		return r.results.list[u.result].operation
	case colClass:
		return r.results.list[u.result].class
	case colOutcome:
		return r.results.list[u.result].outcome
	case colErrorCode:
		return r.results.list[u.result].errorCode
	case colKeyARN:
		return r.subjects[u.subject].key
	case colKeyMaterialID:
		return r.subjects[u.subject].material
	case colDatabase:
		return r.subjects[u.subject].database
	case colPurpose:
		return r.subjects[u.subject].purpose
	case colForeign:
		return r.subjects[u.subject].foreign
	case colPrincipal:
		return r.people[u.person].id
	case colVia:
		return r.people[u.person].via
	case colProvider:
		return r.people[u.person].provider
	case colSession:
		return u.session
	case colContextNames:
		return u.ctx
	case colRegion:
		return u.region
	case colAccount:
		return u.account
	default:
		return u.ip
	}
}
