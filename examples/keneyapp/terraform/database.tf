resource "aws_db_instance" "keneyapp" {
  identifier              = "keneyapp-${var.environment}"
  engine                  = "postgres"
  engine_version          = "15"
  instance_class          = var.database_class
  allocated_storage       = 50
  storage_encrypted       = true
  db_name                 = "keneyapp"
  username                = "keneyapp"
  password                = var.database_password
  backup_retention_period = 14
  deletion_protection     = true
  skip_final_snapshot     = false
}

resource "aws_elasticache_cluster" "redis" {
  cluster_id      = "keneyapp-${var.environment}"
  engine          = "redis"
  node_type       = var.redis_class
  num_cache_nodes = 1
}
