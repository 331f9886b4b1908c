package fakekms

import (
	"testing"

	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
)

// BenchmarkKMS_probe is one probe of a key: DescribeKey and a dry run of Decrypt,
// with a trail that nobody reads.
func BenchmarkKMS_probe(b *testing.B) {
	k, err := New(Config{Clock: fake.NewClock(epoch), MaxLag: DefaultMaxLag, Trail: faketrail.New(1)})
	if err != nil {
		b.Fatal(err)
	}
	arn, err := k.CreateKey(ctx, customer, CreateKeyInput{Region: region, Policy: policyFor(allowPlatform)})
	if err != nil {
		b.Fatal(err)
	}
	keys := k.As(platform)
	canary, err := keys.NewCanary(ctx, arn, data)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range b.N {
		if _, err := keys.Describe(ctx, arn); err != nil {
			b.Fatal(err)
		}
		if err := keys.TryDecrypt(ctx, arn, canary, data); err != nil {
			b.Fatal(err)
		}
	}
}
