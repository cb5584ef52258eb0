import { type AgentRequest, jsonResponse, type LocalResponse } from '@pai/core';

/** An error as token endpoints have it (RFC 6749 section 5.2), with the members that Entra ID adds. */
export function entraError(
  { id }: Pick<AgentRequest, 'id'>,
  error: string,
  description: string,
  status = 400,
): LocalResponse {
  return jsonResponse(status, {
    error,
    error_description: description,
    error_codes: [],
    trace_id: id,
    correlation_id: id,
  });
}

/** What a request gets that a person would have to go on with. */
export const interactive =
  'nobody can sign in here, and nobody has to: Entra ID is answered with placeholders, and the real credential is put on where a request is allowed; use AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of the environment, as DefaultAzureCredential does';
