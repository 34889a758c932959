import { type Json, type JsonObject, objectsOf, parseObject, textOf } from '../json.ts';
import {
  type Answer,
  type ConversationMessage,
  emptyMessage,
  pieces,
  type ServerEvent,
  type WireFormat,
} from '../wire.ts';

const usageOf = ({ tokens }: Answer): JsonObject => ({
  input_tokens: tokens.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: tokens.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: tokens.input + tokens.output,
});

const joined = (value: Json | undefined): string =>
  typeof value === 'string'
    ? value
    : objectsOf(value)
        .map((part) => textOf(part.text))
        .join('\n');

/** `input` is a plain string or a list; a bare string is one prompt. */
const itemsOf = (body: JsonObject): JsonObject[] =>
  typeof body.input === 'string'
    ? [{ type: 'message', role: 'user', content: body.input }]
    : objectsOf(body.input);

const roleOf = (role: Json | undefined): ConversationMessage['role'] =>
  role === 'assistant' || role === 'user' ? role : 'system';

function messageOf(item: JsonObject): ConversationMessage {
  const id = textOf(item.call_id);
  switch (textOf(item.type)) {
    case 'function_call': {
      const input = parseObject(textOf(item.arguments) || '{}');
      return { ...emptyMessage, role: 'assistant', toolCalls: [{ id, name: textOf(item.name), input }] };
    }
    case 'custom_tool_call': {
      const input = { input: textOf(item.input) };
      return { ...emptyMessage, role: 'assistant', toolCalls: [{ id, name: textOf(item.name), input }] };
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { ...emptyMessage, role: 'user', toolResults: [{ id, text: joined(item.output) }] };
    case 'reasoning':
      return { ...emptyMessage, role: 'assistant', thinking: joined(item.summary) };
    default:
      return { ...emptyMessage, role: roleOf(item.role), text: joined(item.content) };
  }
}

/** A tool that stands in a namespace is named `<namespace>/<tool>` by the tests. */
function placed(name: string): JsonObject {
  const [tool = '', namespace] = name.split('/').reverse();
  return { name: tool, ...(namespace && { namespace }) };
}

function outputOf(answer: Answer): JsonObject[] {
  const reasoning = {
    id: `rs_${answer.id}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: answer.thinking }],
  };
  const message = {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: answer.text, annotations: [] }],
  };
  const calls = answer.toolCalls.map(({ id, name, input }) => ({
    id: `fc_${id}`,
    type: 'function_call',
    call_id: id,
    ...placed(name),
    arguments: JSON.stringify(input),
    status: 'completed',
  }));
  return [...(answer.thinking ? [reasoning] : []), ...(answer.text ? [message] : []), ...calls];
}

const whole = (answer: Answer, status = 'completed', output = outputOf(answer)): JsonObject => ({
  id: answer.id,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status,
  model: answer.model,
  output,
  usage: status === 'completed' ? usageOf(answer) : null,
});

type Told = readonly [type: string, data: JsonObject];

function textTold(item: JsonObject, output_index: number): Told[] {
  const place = { item_id: item.id, output_index, content_index: 0 };
  const text = joined(item.content);
  const part = { type: 'output_text', text, annotations: [] };
  return [
    ['response.content_part.added', { ...place, part: { ...part, text: '' } }],
    ...pieces(text).map((delta): Told => ['response.output_text.delta', { ...place, delta }]),
    ['response.output_text.done', { ...place, text }],
    ['response.content_part.done', { ...place, part }],
  ];
}

function callTold(item: JsonObject, output_index: number): Told[] {
  const place = { item_id: item.id, output_index };
  return [
    ['response.function_call_arguments.delta', { ...place, delta: item.arguments }],
    ['response.function_call_arguments.done', { ...place, arguments: item.arguments }],
  ];
}

function reasoningTold(item: JsonObject, output_index: number): Told[] {
  const place = { item_id: item.id, output_index, summary_index: 0 };
  const text = joined(item.summary);
  return [
    ['response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } }],
    ...pieces(text).map((delta): Told => ['response.reasoning_summary_text.delta', { ...place, delta }]),
    ['response.reasoning_summary_text.done', { ...place, text }],
    ['response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } }],
  ];
}

const emptied: Record<string, JsonObject> = {
  message: { content: [], status: 'in_progress' },
  function_call: { arguments: '', status: 'in_progress' },
  reasoning: { summary: [] },
};

const inside: Record<string, (item: JsonObject, index: number) => Told[]> = {
  message: textTold,
  function_call: callTold,
  reasoning: reasoningTold,
};

function itemTold(item: JsonObject, output_index: number): Told[] {
  const type = textOf(item.type);
  return [
    ['response.output_item.added', { output_index, item: { ...item, ...emptied[type] } }],
    ...(inside[type]?.(item, output_index) ?? []),
    ['response.output_item.done', { output_index, item }],
  ];
}

function events(answer: Answer): ServerEvent[] {
  const started = whole(answer, 'in_progress', []);
  const told: Told[] = [
    ['response.created', { response: started }],
    ['response.in_progress', { response: started }],
    ...outputOf(answer).flatMap(itemTold),
    ['response.completed', { response: whole(answer) }],
  ];
  return told.map(([type, data], sequence_number) => ({
    event: type,
    data: { type, sequence_number, ...data },
  }));
}

export const openaiResponses: WireFormat = {
  wire: 'openai-responses',
  path: /\/responses$/,
  streams: (_path, body) => body.stream === true,
  model: (_path, body) => textOf(body.model),
  conversation: (body) => itemsOf(body).map(messageOf),
  rawMessages: itemsOf,
  toolNames: (body) => objectsOf(body.tools).map((tool) => textOf(tool.name) || textOf(tool.type)),
  whole: (answer) => whole(answer),
  events,
};
