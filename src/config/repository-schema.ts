/** The section's schema lies in the domain, where the activities can name its type. */
export { type RepositoryPolicy, repositorySchema } from '../domain/repository/policy-schema.js';
