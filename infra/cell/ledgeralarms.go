package cell

import (
	"time"

	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/metric"
)

// silentHours is how long the ledger may go without a log file. CloudTrail
// delivers one about every five minutes in which anything was called, and our
// own functions call something every minute. [CloudTrail guide, How CloudTrail works]
const silentHours = 3

// watchLedger makes the alarm about files that do not come: a bucket that tells
// nobody of them, a trail that was stopped, a key that refuses. Then nothing
// fails, and the ledger has no entries. No data is as bad as none read.
func (c *Cell) watchLedger() {
	c.alarms.Add(parts.Alarm{
		Name: "no-log-files", Section: parts.SectionNoLogFiles, Metric: own(metric.LedgerFiles, "Sum"),
		Period: time.Hour, Last: silentHours, Below: jsii.Number(1),
		Says: "No CloudTrail file has been read for three hours: uses of keys are missing from the ledger.",
	})
}
