import { type Json, type JsonObject, objectOf, objectsOf, parseObject, textOf } from '../json.ts';
import {
  type Answer,
  type ConversationMessage,
  emptyMessage,
  pieces,
  type ServerEvent,
  type ToolUse,
  type WireFormat,
} from '../wire.ts';

const usageOf = ({ tokens }: Answer): JsonObject => ({
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.input + tokens.output,
});

const contentText = (content: Json | undefined): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part.text))
        .join('\n');

function toolUse(call: JsonObject): ToolUse {
  const called = objectOf(call.function);
  return {
    id: textOf(call.id),
    name: textOf(called.name),
    input: parseObject(textOf(called.arguments) || '{}'),
  };
}

function messageOf(raw: JsonObject): ConversationMessage {
  const text = contentText(raw.content);
  if (raw.role === 'tool') {
    return { ...emptyMessage, role: 'user', toolResults: [{ id: textOf(raw.tool_call_id), text }] };
  }
  if (raw.role === 'assistant') {
    const toolCalls = objectsOf(raw.tool_calls).map(toolUse);
    return { ...emptyMessage, role: 'assistant', text, thinking: textOf(raw.reasoning_content), toolCalls };
  }
  return { ...emptyMessage, role: raw.role === 'user' ? 'user' : 'system', text };
}

const toolCalls = (answer: Answer): JsonObject[] =>
  answer.toolCalls.map(({ id, name, input }, index) => ({
    index,
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));

const finish = (answer: Answer): string => (answer.toolCalls.length > 0 ? 'tool_calls' : 'stop');

const created = () => Math.floor(Date.now() / 1000);

function whole(answer: Answer): JsonObject {
  const message = {
    role: 'assistant',
    content: answer.text || null,
    ...(answer.thinking ? { reasoning_content: answer.thinking } : {}),
    ...(answer.toolCalls.length > 0 ? { tool_calls: toolCalls(answer) } : {}),
  };
  return {
    id: answer.id,
    object: 'chat.completion',
    created: created(),
    model: answer.model,
    choices: [{ index: 0, message, finish_reason: finish(answer) }],
    usage: usageOf(answer),
  };
}

function events(answer: Answer): ServerEvent[] {
  const chunk = (delta: JsonObject, finish_reason: string | null = null): ServerEvent => ({
    data: {
      id: answer.id,
      object: 'chat.completion.chunk',
      created: created(),
      model: answer.model,
      choices: [{ index: 0, delta, finish_reason }],
    },
  });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(answer.thinking).map((reasoning_content) => chunk({ reasoning_content })),
    ...pieces(answer.text).map((content) => chunk({ content })),
    ...toolCalls(answer).map((call) => chunk({ tool_calls: [call] })),
    chunk({}, finish(answer)),
    {
      data: {
        id: answer.id,
        object: 'chat.completion.chunk',
        created: created(),
        model: answer.model,
        choices: [],
        usage: usageOf(answer),
      },
    },
    { data: '[DONE]' },
  ];
}

export const openaiChat: WireFormat = {
  wire: 'openai-chat',
  path: /\/chat\/completions$/,
  streams: (_path, body) => body.stream === true,
  model: (_path, body) => textOf(body.model),
  conversation: (body) => objectsOf(body.messages).map(messageOf),
  rawMessages: (body) => objectsOf(body.messages),
  toolNames: (body) => objectsOf(body.tools).map((tool) => textOf(objectOf(tool.function).name)),
  whole,
  events,
};
