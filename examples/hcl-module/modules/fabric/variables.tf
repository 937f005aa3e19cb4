variable "name" {
  description = "Name of the fabric."
  type        = string
}

variable "edition" {
  description = "Edition of the defaults. Null: the newest for a new fabric, otherwise the one that the fabric has."
  type        = number
  default     = null
}

variable "as_number" {
  description = "AS number of every node that has none of its own. Null: 64512."
  type        = number
  default     = null
}

variable "node_to_node_mesh" {
  description = "Whether every node peers with every other node. Null: true."
  type        = bool
  default     = null
}

# The maps have type any, so that the provider sees them as you wrote them: with an object type Terraform would silently drop a misspelt attribute, such as
# a password, where the provider suggests the right one.

variable "nodes" {
  description = "The nodes by name: endpoint, ipv4_address, ipv6_address, rack, labels and so on. Values may be known only after apply; names must be known."
  type        = any
}

variable "peers" {
  description = "The neighbours by name."
  type        = any
  default     = {}
}

variable "racks" {
  description = "The racks by name."
  type        = any
  default     = {}
}

variable "route_reflectors" {
  description = "The groups of route reflectors by name."
  type        = any
  default     = {}
}

variable "filters" {
  description = "The filters by name."
  type        = any
  default     = {}
}

variable "canaries" {
  description = "Names of the nodes that activate each release first; the others follow once these are healthy."
  type        = list(string)
  default     = []
}

variable "unreachable" {
  description = "Names of nodes whose agent may be unreachable during this deploy; they catch up in a later one."
  type        = list(string)
  default     = []
}

variable "gate_within" {
  description = "Seconds within which a wave must be healthy, or it is rolled back. Null: 60."
  type        = number
  default     = null
}

variable "allow_disruption" {
  description = "Whether a change may remove the last path of nodes or prefixes."
  type        = bool
  default     = null
}
