variable "region" {
  type    = string
  default = "eu-west-3"
}

variable "environment" {
  type    = string
  default = "production"
}

variable "database_class" {
  type    = string
  default = "db.t4g.medium"
}

variable "redis_class" {
  type    = string
  default = "cache.t4g.small"
}

variable "database_password" {
  type      = string
  sensitive = true
}
