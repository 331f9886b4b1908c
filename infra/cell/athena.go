package cell

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/deployment"
)

// Where the ledger is for whoever queries it.
const (
	usageTable    = "key_usage"
	usagePrefix   = usageTable + "/"  // of the Parquet files in the ledger's bucket
	resultsPrefix = "athena-results/" // of what queries answered
	resultDays    = 30                // that answers are kept
	scanLimit     = 100 << 30         // bytes that one query may read
	firstDay      = "2025-01-01"      // of the partitions
	parquetInput  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
	parquetOutput = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
	parquetSerde  = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
)

// Column is one column of the ledger's table.
type Column struct{ Name, Type, Says string }

// Columns are those of the Parquet files, in their order.
// [Athena guide, Data types]
func Columns() []Column {
	return []Column{
		{"time", "timestamp", "of the call, UTC"},
		{"event_id", "binary", "UUID of CloudTrail's record"},
		{"shared_event_id", "binary", "UUID, the same in every account that the call was logged in"},
		{"operation", "string", "eventName; of a ReEncrypt, ReEncryptFrom or ReEncryptTo"},
		{"class", "string", "crypto, manage, read or other"},
		{"outcome", "string", "allowed, denied, and others"},
		{"error_code", "string", "empty: success"},
		{"key_arn", "string", "of the key's record"},
		{"key_material_id", "string", "which material of a key that rotates"},
		{"key_known", "boolean", "the key has a record"},
		{"principal", "string", "role, user or service, without its session"},
		{"principal_via", "string", "service that called for it"},
		{"principal_provider", "string", "of a federated identity"},
		{"session", "string", "of an assumed role"},
		{"database", "string", "that the key was used for"},
		{"purpose", "string", "what the key was used for"},
		{"foreign_tenant", "string", "another tenant, whom the context names"},
		{"without_context", "boolean", "there was no encryption context"},
		{"context_names", "string", "keys of the encryption context, sorted, with commas"},
		{"region", "string", "of the call"},
		{"wrong_region", "boolean", "not the key's"},
		{"recipient_account", "string", "whose CloudTrail logged it"},
		{"source_ip", "string", "or the service that called"},
	}
}

// athena makes the ledger's table and a workgroup with saved queries. Partitions
// are projected, so none has to be added: a query names its tenant, and dates
// are counted. [Athena guide, Partition projection, Injected type]
func (c *Cell) athena() {
	database := awsglue.NewCfnDatabase(c.Stack, jsii.String("LedgerDatabase"), &awsglue.CfnDatabaseProps{
		CatalogId:     parts.Text("${AWS::AccountId}"),
		DatabaseInput: &awsglue.CfnDatabase_DatabaseInputProperty{Name: jsii.String(deployment.Prefix), Description: jsii.String("The ledger of key use.")},
	})
	location := "s3://" + c.place.LedgerBucket + "/" + usagePrefix
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
			PartitionKeys: glueColumns([]Column{{"tenant", "string", "_unknown: nobody's"}, {"date", "string", "2006-01-02, UTC"}}),
			StorageDescriptor: &awsglue.CfnTable_StorageDescriptorProperty{
				Columns: glueColumns(Columns()), Location: parts.Text(location),
				InputFormat: jsii.String(parquetInput), OutputFormat: jsii.String(parquetOutput),
				SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{SerializationLibrary: jsii.String(parquetSerde)},
			},
		},
	}).AddDependency(database)
	c.queries()
}

func glueColumns(columns []Column) *[]interface{} {
	out := make([]interface{}, len(columns))
	for i, col := range columns {
		out[i] = &awsglue.CfnTable_ColumnProperty{Name: jsii.String(col.Name), Type: jsii.String(col.Type), Comment: jsii.String(col.Says)}
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
