package parquet_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/parquet"
)

func TestPartition_Prefix(t *testing.T) {
	at := time.Date(2025, 3, 1, 23, 59, 59, 0, time.UTC)
	for tenant, want := range map[string]string{
		"acme":             "acme",
		"a-b_c.d":          "a-b_c.d",
		"":                 "_unknown",
		"_unknown":         "%5Funknown",
		"..":               "%2E.",
		"../../etc":        "%2E.%2F..%2Fetc",
		"a/date=x":         "a%2Fdate%3Dx",
		"50% off, ünïcode": "50%25%20off%2C%20%C3%BCn%C3%AFcode",
		"a\x00\n":          "a%00%0A",
	} {
		p := parquet.PartitionOf(tenant, at)
		if got := p.Prefix(); got != "tenant="+want+"/date=2025-03-01/" {
			t.Errorf("%q: %s", tenant, got)
		}
		if back, ok := parquet.ParsePrefix(p.Prefix() + "f.parquet"); !ok || back != p {
			t.Errorf("%q came back as %+v, %v", tenant, back, ok)
		}
	}
	for _, key := range []string{"", "tenant=a/f", "tenant=/date=2025-03-01/f", "date=2025-03-01/tenant=a/f", "tenant=a/date=x/f", "tenant=%zz/date=2025-03-01/f"} {
		if p, ok := parquet.ParsePrefix(key); ok {
			t.Errorf("%q is of %+v", key, p)
		}
	}
}

func TestFileName(t *testing.T) {
	key := "AWSLogs/1/CloudTrail/r/2025/03/01/1_CloudTrail_r_20250301T0005Z_AbC.json.gz"
	if got := parquet.FileName("b", key, 7); !strings.HasPrefix(got, "1_CloudTrail_r_20250301T0005Z_AbC-") || !strings.HasSuffix(got, "-007.parquet") {
		t.Error(got)
	}
	names := map[string]bool{}
	for _, place := range [][2]string{{"b", key}, {"c", key}, {"b", "x/" + key}, {"b/x", key}} {
		names[parquet.FileName(place[0], place[1], 0)] = true
	}
	if len(names) != 4 {
		t.Errorf("%d names for 4 files", len(names))
	}
	if got := parquet.FileName("b", strings.Repeat("ü/", 300)+strings.Repeat("ü", 300)+".json", 0); len(got) > 200 || strings.ContainsAny(got, "/ü") {
		t.Error(got)
	}
}
