output "image_repositories" {
  value = { for name, repository in aws_ecr_repository.image : name => repository.repository_url }
}

output "database_address" {
  value = aws_db_instance.keneyapp.address
}

output "redis_address" {
  value = aws_elasticache_cluster.redis.cache_nodes[0].address
}
