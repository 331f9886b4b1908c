package cell

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage/table"
)

// Where the ledger is for whoever queries it.
const (
	usageTable    = "key_usage"
	resultsPrefix = "athena-results/" // of what queries answered
	resultDays    = 30                // that answers are kept
	scanLimit     = 100 << 30         // bytes that one query may read
	firstDay      = "2025-01-01"      // of the partitions
	parquetInput  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
	parquetOutput = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
	parquetSerde  = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
)

// athena makes the ledger's table and a workgroup with saved queries. Partitions
// are projected, so none has to be added: a query names its tenant, and dates
// are counted. [Athena guide, Partition projection, Injected type]
func (c *Cell) athena() {
	database := awsglue.NewCfnDatabase(c.Stack, jsii.String("LedgerDatabase"), &awsglue.CfnDatabaseProps{
		CatalogId:     parts.Text("${AWS::AccountId}"),
		DatabaseInput: &awsglue.CfnDatabase_DatabaseInputProperty{Name: jsii.String(deployment.Prefix), Description: jsii.String("The ledger of key use.")},
	})
	location := "s3://" + c.place.LedgerBucket + "/" + table.Prefix
	awsglue.NewCfnTable(c.Stack, jsii.String("LedgerTable"), &awsglue.CfnTableProps{
		CatalogId: parts.Text("${AWS::AccountId}"), DatabaseName: jsii.String(deployment.Prefix),
		TableInput: &awsglue.CfnTable_TableInputProperty{
			Name: jsii.String(usageTable), TableType: jsii.String("EXTERNAL_TABLE"), Description: jsii.String("One row for each use of a key."),
			Parameters: parts.Object(map[string]string{
				"classification": "parquet", "projection.enabled": "true", "projection.tenant.type": "injected",
				"projection.date.type": "date", "projection.date.format": "yyyy-MM-dd", "projection.date.range": firstDay + ",NOW",
				"projection.date.interval": "1", "projection.date.interval.unit": "DAYS",
				// ${!…} is Fn::Sub's way to leave ${…} to Athena.
				"storage.location.template": location + "tenant=${!tenant}/date=${!date}/",
			}),
			PartitionKeys: glueColumns(table.Partitions()),
			StorageDescriptor: &awsglue.CfnTable_StorageDescriptorProperty{
				Columns: glueColumns(table.Columns()), Location: parts.Text(location),
				InputFormat: jsii.String(parquetInput), OutputFormat: jsii.String(parquetOutput),
				SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{SerializationLibrary: jsii.String(parquetSerde)},
			},
		},
	}).AddDependency(database)
	c.queries()
}

func glueColumns(columns []table.Column) *[]interface{} {
	out := make([]interface{}, len(columns))
	for i, col := range columns {
		out[i] = &awsglue.CfnTable_ColumnProperty{Name: jsii.String(col.Name), Type: jsii.String(col.Type), Comment: jsii.String(col.Comment)}
	}
	return &out
}

// queries makes the workgroup, whose answers are encrypted and go after a while.
func (c *Cell) queries() {
	group := awsathena.NewCfnWorkGroup(c.Stack, jsii.String("LedgerQueries"), &awsathena.CfnWorkGroupProps{
		Name: jsii.String(deployment.Prefix), Description: jsii.String("Queries of the ledger of key use."), State: jsii.String("ENABLED"),
		WorkGroupConfiguration: &awsathena.CfnWorkGroup_WorkGroupConfigurationProperty{
			EnforceWorkGroupConfiguration: true, PublishCloudWatchMetricsEnabled: true, BytesScannedCutoffPerQuery: jsii.Number(scanLimit),
			ResultConfiguration: &awsathena.CfnWorkGroup_ResultConfigurationProperty{
				OutputLocation: parts.Text("s3://" + c.place.LedgerBucket + "/" + resultsPrefix),
				EncryptionConfiguration: &awsathena.CfnWorkGroup_EncryptionConfigurationProperty{
					EncryptionOption: jsii.String("SSE_KMS"), KmsKey: parts.Text(c.place.PlatformKey),
				},
			},
		},
	})
	for _, q := range Queries() {
		awsathena.NewCfnNamedQuery(c.Stack, jsii.String("Query"+parts.ID(q.Name)), &awsathena.CfnNamedQueryProps{
			Name: jsii.String(deployment.Name(q.Name)), Description: jsii.String(q.Says), Database: jsii.String(deployment.Prefix),
			WorkGroup: jsii.String(deployment.Prefix), QueryString: jsii.String(q.SQL),
		}).AddDependency(group)
	}
}
