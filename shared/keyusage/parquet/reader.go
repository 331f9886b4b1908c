package parquet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// stored is what of a Row says which use it is.
type stored struct {
	Time          time.Time `parquet:"time,timestamp(millisecond),delta"`
	EventID       [16]byte  `parquet:"event_id,uuid,uncompressed"`
	SharedEventID [16]byte  `parquet:"shared_event_id,uuid,optional,uncompressed"`
	Operation     string    `parquet:"operation,dict"`
	ErrorCode     string    `parquet:"error_code,dict"`
	KeyARN        string    `parquet:"key_arn,dict"`
	KeyMaterialID string    `parquet:"key_material_id,dict"`
	KeyKnown      bool      `parquet:"key_known"`
	Principal     string    `parquet:"principal,dict"`
	Via           string    `parquet:"principal_via,dict"`
	Provider      string    `parquet:"principal_provider,dict"`
	Database      string    `parquet:"database,dict"`
	Purpose       string    `parquet:"purpose,dict"`
	Foreign       string    `parquet:"foreign_tenant,dict"`
	Bare          bool      `parquet:"without_context"`
	Region        string    `parquet:"region,dict"`
	WrongRegion   bool      `parquet:"wrong_region"`
	Account       string    `parquet:"recipient_account,dict"`
}

func (s *stored) use(tenant string) keyusage.Use {
	u := keyusage.Use{
		ID: s.EventID, At: s.Time, Operation: s.Operation, ErrorCode: s.ErrorCode, Shared: s.SharedEventID, Account: s.Account,
		Principal: keyusage.Principal{ID: s.Principal, Via: s.Via, Provider: s.Provider},
		Attribution: keyusage.Attribution{
			Tenant: tenant, Database: s.Database, Purpose: keyusage.Purpose(s.Purpose), KeyARN: s.KeyARN,
			Material: s.KeyMaterialID, Known: s.KeyKnown, Bare: s.Bare, Foreign: s.Foreign,
		},
	}
	if s.WrongRegion {
		u.WrongRegion = s.Region
	}
	return u
}

// Read calls visit with every use in a file, in order of time. The file is
// given whole; tenant is that of its partition. The use is valid only during
// the call. Errors are of code invalid when the file is at fault, else what ctx
// or visit returned.
func Read(ctx context.Context, file []byte, tenant string, visit func(*keyusage.Use) error) error {
	f, err := pq.OpenFile(bytes.NewReader(file), int64(len(file)), pq.SkipPageIndex(true), pq.SkipBloomFilters(true))
	if err != nil {
		return coded.Wrap(coded.Invalid, err, "opening Parquet file")
	}
	r := pq.NewGenericReader[stored](f)
	defer r.Close()
	rows := make([]stored, min(512, max(1, f.NumRows())))
	for left := f.NumRows(); left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(rows)
		for i := range rows[:n] {
			u := rows[i].use(tenant)
			if err := visit(&u); err != nil {
				return err
			}
		}
		left -= int64(n)
		if err != nil && !errors.Is(err, io.EOF) || n == 0 && left > 0 {
			return coded.Wrap(coded.Invalid, err, "reading Parquet file, %d rows from its end", left)
		}
	}
	return nil
}
