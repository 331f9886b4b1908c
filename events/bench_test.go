package events

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"tenant-created", "kms-call.disable-key", "rds-instance"} {
		env := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				if _, err := Parse(env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	env := sample(b, "key-locked")
	detail, err := Parse(env)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := New(env.DetailType, env.ID, env.Time, env.Region, env.Account, detail); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTable_Match(b *testing.B) {
	table, err := NewTable(Config{})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"tenant-created", "kms-call.disable-key", "key-locked"} {
		env := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				table.Match(env)
			}
		})
	}
}
