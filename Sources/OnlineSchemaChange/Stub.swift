internal import Core
internal import MySQLClient
internal import Schema
struct ShardPlanner { let site: ShardSite; let environment: ExecutorEnvironment; func plan(_ r: PlanRequest) async -> ShardPlan {
  do { let c = try await Connection.open(site.primary)
   let t = try await TableInspector.inspect(c, database: site.database, table: r.table)!
   await c.close()
   return ShardPlan(shard: site.shard, server: "", fingerprint: t.fingerprint.value, definition: "", keyName: nil, keyColumns: [], estimatedRows: 0, tableBytes: 0, spaceNeeded: 0, spaceFree: 0, refusals: [], warnings: [])
  } catch { fatalError("\(error)") } } }
enum Preflight {
  struct Checked { let table: InspectedTable; let alter: AlterStatement }
  static func beforeRun(_ s: MigrationSpec, _ site: ShardSite, on c: Connection) async throws -> Checked {
    Checked(table: try await TableInspector.inspect(c, database: site.database, table: s.table)!, alter: try AlterStatement.parse(s.alter))
  }
}
